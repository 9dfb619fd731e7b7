//! The rooms of the house know only the rooms before them, no file knows itself by way of others, and the world outside
//! has one door.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// In reading order.
const ROOMS: [&str; 7] = ["wire", "trace", "exchange", "topic", "lesson", "site", "net"];
/// A room beside the others, and the rooms that it may know.
const BESIDE: [(&str, &[&str]); 1] = [("capture", &["wire", "trace"])];

#[test]
fn a_file_names_only_its_own_room_and_earlier_ones() {
    for source in sources() {
        for named in source.imports() {
            let (own, other) = (source.room(), named.split("::").next().unwrap_or_default());
            assert!(may_know(own, other), "{} is of the room {own} and names {named}", source.path.display());
        }
    }
}

#[test]
fn no_file_names_itself_by_way_of_others() {
    let sources = sources();
    let modules: BTreeSet<&str> = sources.iter().map(|source| source.module.as_str()).collect();
    let graph: BTreeMap<&str, BTreeSet<&str>> = sources
        .iter()
        .map(|source| {
            let files = source.imports().iter().filter_map(|named| file_of(named, &modules)).collect::<BTreeSet<_>>();
            (source.module.as_str(), files.into_iter().filter(|file| *file != source.module).collect())
        })
        .collect();
    assert_eq!(circle(&graph), None, "a circle of imports");
}

#[test]
fn the_loop_meets_the_connection_in_at_most_18_functions() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/exchange/connection.rs");
    let source = fs::read_to_string(path).expect("the source is there");
    let (_, connection) = source.split_once("\nimpl Connection {\n").expect("the type has functions");
    let (connection, _) = connection.split_once("\n}\n").expect("they end");
    let public: Vec<&str> = connection.lines().filter_map(|line| line.strip_prefix("    pub fn ")).collect();
    assert!((1..=18).contains(&public.len()), "{} of them: {public:#?}", public.len());
}

#[test]
fn a_circle_is_found() {
    let graph = |edges: &[(&'static str, &'static str)]| {
        let mut graph: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (from, to) in edges {
            graph.entry(from).or_default().insert(to);
            graph.entry(to).or_default();
        }
        graph
    };
    assert_eq!(circle(&graph(&[("a", "b"), ("b", "c"), ("a", "c")])), None);
    assert_eq!(circle(&graph(&[("a", "b"), ("b", "c"), ("c", "b")])), Some(vec!["b", "c", "b"]));
}

#[test]
fn imports_are_read_with_braces_and_from_inside_a_module() {
    let source = Source {
        path: PathBuf::from("net/peer.rs"),
        module: "net::peer".to_owned(),
        children: vec!["socket".to_owned()],
        code: "use super::{clock::Clock, shared::*};\nuse crate::wire::{\n    flow::Flow, step::{Step, Next},\n};\n\
               use socket::send;\nuse std::io;\nfn f() { crate::site::x(); self::y(); }"
            .to_owned(),
    };
    let expected = [
        "net::clock::Clock",
        "net::peer::socket::send",
        "net::peer::y",
        "net::shared",
        "site::x",
        "wire::flow::Flow",
        "wire::step::Next",
        "wire::step::Step",
    ];
    assert_eq!(source.imports().into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn only_net_knows_sockets_and_only_net_and_main_read_a_clock() {
    for source in sources() {
        let room = source.room();
        for outside in ["mio::", "socket2::", "signal_hook_mio::", "TcpStream", "TcpListener"] {
            let names_it = source.code.contains(outside);
            let path = source.path.display();
            assert!(room == "net" || !names_it, "{path} names {outside}, which is for net alone");
        }
        for clock in ["Instant::now", "SystemTime::now", ".elapsed()"] {
            let reads_it = source.code.contains(clock);
            assert!(
                matches!(room, "net" | "main" | "read") || !reads_it,
                "{} reads a clock: {clock}",
                source.path.display()
            );
        }
    }
}

fn may_know(own: &str, other: &str) -> bool {
    let place = |name| ROOMS.iter().position(|room| *room == name);
    let Some(other_place) = place(other) else {
        // Outside of the rooms stand only main, its commands and the rooms beside.
        return place(own).is_none() || BESIDE.iter().all(|(room, _)| *room != other);
    };
    match (place(own), BESIDE.iter().find(|(room, _)| *room == own)) {
        (Some(own_place), _) => other_place <= own_place,
        (None, Some((_, known))) => known.contains(&other),
        (None, None) => true,
    }
}

/// The file that holds what a path names: the longest of its beginnings that is a module.
fn file_of<'a>(named: &str, modules: &BTreeSet<&'a str>) -> Option<&'a str> {
    let ends = named.match_indices("::").map(|(at, _)| at).chain([named.len()]);
    ends.filter_map(|end| modules.get(&named[..end]).copied()).last()
}

/// A way through the graph that comes back to where it began.
fn circle<'a>(graph: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Option<Vec<&'a str>> {
    fn walk<'a>(
        at: &'a str,
        way: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
        graph: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    ) -> Option<Vec<&'a str>> {
        if let Some(start) = way.iter().position(|module| *module == at) {
            return Some(way[start..].iter().copied().chain([at]).collect());
        }
        if !done.insert(at) {
            return None;
        }
        way.push(at);
        let found = graph.get(at).into_iter().flatten().find_map(|next| walk(next, way, done, graph));
        way.pop();
        found
    }
    let mut done = BTreeSet::new();
    graph.keys().find_map(|module| walk(module, &mut Vec::new(), &mut done, graph))
}

/// A source file.
struct Source {
    path: PathBuf,
    /// Its module, such as `net::peer`.
    module: String,
    /// The modules that it declares.
    children: Vec<String>,
    /// Without comments, and without the unit tests at its end.
    code: String,
}

impl Source {
    fn room(&self) -> &str {
        self.module.split("::").next().unwrap_or_default()
    }

    /// The paths inside this crate that it names, from the root.
    fn imports(&self) -> BTreeSet<String> {
        let mut imports = BTreeSet::new();
        let mut rest = self.code.as_str();
        while let Some(at) = rest.find("use ") {
            let begins_line = rest[..at].rsplit('\n').next().unwrap_or_default().trim_start();
            let is_import = begins_line.is_empty() || begins_line.starts_with("pub");
            rest = &rest[at + 4..];
            if let (true, Some(end)) = (is_import, rest.find(';')) {
                let tree: String = rest[..end].split_whitespace().collect();
                expand("", &tree, &mut |path| imports.extend(self.rooted(&path)));
                rest = &rest[end..];
            }
        }
        for start in ["crate::", "super::", "self::"] {
            for (at, _) in self.code.match_indices(start) {
                let is_whole = !self.code[..at].ends_with(|before: char| before.is_alphanumeric() || before == ':');
                let path: String =
                    self.code[at..].chars().take_while(|it| it.is_alphanumeric() || "_:".contains(*it)).collect();
                // A group was read above.
                if is_whole && !path.ends_with("::") {
                    imports.extend(self.rooted(&path));
                }
            }
        }
        imports
    }

    fn rooted(&self, path: &str) -> Option<String> {
        let path = path.trim_end_matches("::*").trim_end_matches("::self");
        let (first, rest) = path.split_once("::").unwrap_or((path, ""));
        match first {
            "crate" => Some(rest.to_owned()),
            "self" => Some(format!("{}::{rest}", self.module)),
            "super" => {
                let (mut module, mut rest) = (self.module.rsplit_once("::").map_or("", |(parent, _)| parent), rest);
                while let Some(above) = rest.strip_prefix("super::") {
                    (module, rest) = (module.rsplit_once("::").map_or("", |(parent, _)| parent), above);
                }
                Some(if module.is_empty() { rest.to_owned() } else { format!("{module}::{rest}") })
            }
            _ if self.children.iter().any(|child| child == first) => Some(format!("{}::{path}", self.module)),
            _ => None,
        }
    }
}

/// Each path of a tree of imports: `a::{b, c::{d}}` is `a::b` and `a::c::d`.
fn expand(before: &str, tree: &str, each: &mut impl FnMut(String)) {
    let Some((start, group)) = tree.split_once('{') else {
        if !tree.is_empty() {
            each(format!("{before}{tree}"));
        }
        return;
    };
    let group = group.strip_suffix('}').unwrap_or(group);
    let (mut depth, mut from) = (0, 0);
    for (at, character) in group.char_indices().chain([(group.len(), ',')]) {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&format!("{before}{start}"), &group[from..at], each);
                from = at + 1;
            }
            _ => {}
        }
    }
}

fn sources() -> Vec<Source> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![src.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("src can be read") {
            let path = entry.expect("src can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("source files are text");
                let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
                let code =
                    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
                let below = path.strip_prefix(&src).expect("it was found there");
                let names: Vec<_> =
                    below.with_extension("").iter().map(|it| it.to_string_lossy().into_owned()).collect();
                let declared = |line: &str| {
                    let name = line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';')?;
                    Some(name.to_owned())
                };
                let children = code.lines().filter_map(declared).collect();
                sources.push(Source { path: below.to_owned(), module: names.join("::"), children, code });
            }
        }
    }
    assert!(sources.len() > ROOMS.len(), "there are more files than rooms");
    sources
}
