//! Keys at the terminal while the server runs: they change the view, and nothing else.
//!
//! ```text
//! Space   p  ㅔ    pause, go on           Tab       full form, compact form
//! #       digits   one connection         +  e  ㄷ  captions once more
//! =       m  ㅡ    a mark                 ?  h  ㅗ  what the keys do
//! ```
//!
//! A terminal hands over whole lines, and echoes them. So both are switched off, and on again when
//! the program ends, is stopped (Ctrl-Z), or panics. Signals and Ctrl-S stay what they are: ISIG
//! and IXON are not touched. With the Korean input method a letter arrives as a jamo, and late; so
//! each frequent key is a blank or a sign, and letters are only another way.
//!
//! A process in the background must not read its terminal: the kernel would stop it (SIGTTIN). So
//! the thread waits until there is something, and looks whether the terminal is its own.

use std::io::{self, IsTerminal};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::getpgrp;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr};
use signal_hook::consts::{SIGCONT, SIGQUIT, SIGTSTP};
use signal_hook::low_level::emulate_default_handler;
use wirestep::trace::record::ConnectionId;
use wirestep::trace::terminal::view::{Hand, Key};

/// The terminal reads keys; at the end it is as it was.
pub(crate) struct Keys(Termios);

/// Reads keys from now on, if standard input and output are the terminal of this process.
/// `now` is the time of the trace.
pub(crate) fn start(hand: Hand, now: impl Fn() -> Duration + Send + 'static) -> Option<Keys> {
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() || is_dumb || !is_foreground() {
        return None;
    }
    let before = tcgetattr(io::stdin()).ok()?;
    let keys = Keys(before.clone());
    read_keys(&before).ok()?;
    restore_on_panic(before.clone());
    let thread = std::thread::Builder::new().name("signals of the terminal".to_owned());
    thread.spawn(move || follow_signals(&before)).ok()?;
    let thread = std::thread::Builder::new().name("keys".to_owned());
    thread.spawn(move || follow_keys(&hand, &now)).ok()?;
    log::info!("keys: Space pauses the view, ? lists the others");
    Some(keys)
}

impl Drop for Keys {
    fn drop(&mut self) {
        restore(&self.0);
    }
}

/// No lines and no echo; everything else as it was.
fn read_keys(before: &Termios) -> io::Result<()> {
    let mut now = before.clone();
    now.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
    now.special_codes[SpecialCodeIndex::VMIN] = 1;
    now.special_codes[SpecialCodeIndex::VTIME] = 0;
    Ok(tcsetattr(io::stdin(), OptionalActions::Now, &now)?)
}

fn restore(before: &Termios) {
    // In the background the kernel would stop this process: the terminal belongs to another.
    if is_foreground()
        && let Err(error) = tcsetattr(io::stdin(), OptionalActions::Now, before)
    {
        log::warn!("the terminal does not go back to its lines ({error}); stty sane helps");
    }
}

fn is_foreground() -> bool {
    // A terminal that controls no session (a test's) has no foreground, and stops no process.
    tcgetpgrp(io::stdin()).map_or(true, |group| group == getpgrp())
}

fn restore_on_panic(before: Termios) {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        restore(&before);
        hook(panic);
    }));
}

/// Ctrl-Z and Ctrl-\ find the terminal as it was; after fg it reads keys again.
fn follow_signals(before: &Termios) {
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGTSTP, SIGQUIT, SIGCONT]) else { return };
    for signal in signals.forever() {
        if signal != SIGCONT {
            restore(before);
            // Stops here until SIGCONT, or does not come back.
            drop(emulate_default_handler(signal));
        }
        if is_foreground()
            && let Err(error) = read_keys(before)
        {
            log::warn!("keys cannot be read any more: {error}");
        }
    }
}

fn follow_keys(hand: &Hand, now: &dyn Fn() -> Duration) {
    let mut typed = Typed::default();
    let mut octets = [0; 64];
    loop {
        let stdin = io::stdin();
        let mut waits = [PollFd::new(&stdin, PollFlags::IN)];
        match poll(&mut waits, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
        if !is_foreground() {
            std::thread::sleep(BACKGROUND_PAUSE);
            continue;
        }
        let count = match rustix::io::read(&stdin, &mut octets) {
            Ok(0) => return,
            Ok(count) => count,
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => continue,
            Err(_) => return,
        };
        for key in typed.keys(&octets[..count], now()) {
            if hand.act(key).is_err() {
                return;
            }
        }
    }
}

/// What has been typed and is no whole key yet.
#[derive(Debug, Default)]
struct Typed {
    /// Octets of a character that is cut between two reads.
    rest: Vec<u8>,
    number: Option<Option<u64>>,
}

impl Typed {
    /// The keys in these octets. `now` is when they were typed.
    fn keys(&mut self, octets: &[u8], now: Duration) -> Vec<Key> {
        self.rest.extend_from_slice(octets);
        let octets = std::mem::take(&mut self.rest);
        // An arrow or a function key is ESC and more; it is no key here.
        if let [0x1b, b'[' | b'O', ..] = octets.as_slice() {
            return Vec::new();
        }
        let mut keys = Vec::new();
        let mut chunks = octets.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            keys.extend(chunk.valid().chars().filter_map(|character| self.key(character, now)));
            if chunks.peek().is_none() && chunk.invalid().len() < 4 {
                self.rest = chunk.invalid().to_vec();
            }
        }
        keys
    }

    fn key(&mut self, character: char, now: Duration) -> Option<Key> {
        match (character, self.number) {
            ('0'..='9', number) => {
                let digit = u64::from(character.to_digit(10)?);
                let number = number.flatten().unwrap_or(0);
                self.number = Some(Some(number.checked_mul(10).and_then(|it| it.checked_add(digit)).unwrap_or(number)));
                self.number.map(Key::Typing)
            }
            ('\n' | '\r', Some(number)) => {
                self.number = None;
                Some(Key::Only(number.map(ConnectionId::new)))
            }
            ('\x7f' | '\x08', Some(number)) => {
                self.number = Some(number.map(|number| number / 10).filter(|number| *number > 0));
                self.number.map(Key::Typing)
            }
            ('\x1b', Some(_)) => {
                self.number = None;
                Some(Key::NoNumber)
            }
            ('#', _) => {
                self.number = Some(None);
                Some(Key::Typing(None))
            }
            (' ' | 'p' | 'ㅔ', _) => Some(Key::Pause),
            ('\t', _) => Some(Key::Form),
            ('+' | 'e' | 'ㄷ', _) => Some(Key::Explain),
            ('=' | 'm' | 'ㅡ' | '\n' | '\r', _) => Some(Key::Mark(now)),
            ('?' | 'h' | 'ㅗ', _) => Some(Key::Help),
            (_, _) => None,
        }
    }
}

/// How often a process in the background looks whether the terminal is its own again.
const BACKGROUND_PAUSE: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_characters_signs_and_numbers_that_end_with_enter() {
        let now = Duration::from_millis(5);
        let only = |number| Key::Only(Some(ConnectionId::new(number)));
        for (text, expected) in [
            (" p", vec![Key::Pause, Key::Pause]),
            ("ㅔ\t+", vec![Key::Pause, Key::Form, Key::Explain]),
            ("#2\n", vec![Key::Typing(None), Key::Typing(Some(2)), only(2)]),
            ("12\x7f\n", vec![Key::Typing(Some(1)), Key::Typing(Some(12)), Key::Typing(Some(1)), only(1)]),
            ("#\n", vec![Key::Typing(None), Key::Only(None)]),
            ("#3\x1b", vec![Key::Typing(None), Key::Typing(Some(3)), Key::NoNumber]),
            ("\n=?", vec![Key::Mark(now), Key::Mark(now), Key::Help]),
            ("\x1b[A", vec![]),
            ("qxyz", vec![]),
        ] {
            assert_eq!(Typed::default().keys(text.as_bytes(), now), expected, "{text:?}");
        }
    }

    #[test]
    fn a_character_may_come_in_two_reads() {
        let (mut typed, octets) = (Typed::default(), "ㅔ".as_bytes());
        assert_eq!(typed.keys(&octets[..1], Duration::ZERO), []);
        assert_eq!(typed.keys(&octets[1..], Duration::ZERO), [Key::Pause]);
    }
}
