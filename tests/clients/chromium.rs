//! Chromium's EventSource on a page of the server's origin, through chromedriver.

use crate::common::{Client, Server};
use crate::relay::Relay;
use crate::{HUNDRED_AND_AGAIN, THREE_HOURS_AND_AGAIN, assert_stopped_by_204, beside, events, lock_step, tool};

fn chromium(page: &str, stream: &str) -> Client {
    tool("chromium");
    tool("chromedriver");
    Client::start(tool("python3").arg(beside("browser.py")).args([page, stream]))
}

#[test]
fn chromium_dispatches_100_events_one_by_one_comes_back_on_the_same_connection_and_stops_on_204() {
    let server = Server::start(&[]);
    let relay = Relay::to(server.addr);
    let client = chromium(&relay.url("/plain"), HUNDRED_AND_AGAIN);
    lock_step(&client, &relay, 1, 100);
    relay.open();
    let expected = format!(": open\n{}: connecting\n: closed\n", events(1, 100));
    assert_eq!(client.finish().success().text(), expected);
    assert_stopped_by_204(server);
}

#[test]
fn chromium_goes_on_at_the_next_event_when_the_connection_is_cut_within_one() {
    crate::goes_on_after_a_cut(|relay| chromium(&relay.url("/plain"), HUNDRED_AND_AGAIN));
}

#[test]
fn chromium_goes_on_when_the_server_is_killed_and_started_again() {
    crate::goes_on_after_a_kill("127.19.2.2:0", |server| chromium(&server.url("/plain"), THREE_HOURS_AND_AGAIN));
}
