//! The fences between the floors: who may name whom. Each is tried over faults that were planted.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::imports::{Module, arrows, circles};
use super::sources_below;

/// The floors, each with what it may name.
const FLOORS: [(&str, &[&str]); 5] = [
    ("platform", &["platform"]),
    ("domain", &["platform", "domain"]),
    ("flows", &["platform", "domain", "flows"]),
    ("views", &["platform", "domain", "views"]),
    ("api", &["platform", "domain", "flows", "views", "api"]),
];

/// Libraries that are named in one place only. The parts of one count as it.
const ROOMS: [(&str, &[&str]); 7] = [
    ("redb", &["src/platform/store/"]),
    ("tantivy", &["src/platform/search/"]),
    ("moka", &["src/platform/cache.rs"]),
    ("poem", &["src/api/"]),
    ("tungstenite", &["src/api/realtime/"]),
    ("lettre", &["src/platform/mail/"]),
    ("reqwest", &["src/platform/http_client.rs"]),
];

/// All files of the program, read once.
fn modules() -> &'static [Module] {
    static MODULES: LazyLock<Vec<Module>> = LazyLock::new(read_all);
    &MODULES
}

fn read_all() -> Vec<Module> {
    let sources = sources_below("src").into_iter();
    let sources =
        sources.filter(|source| !source.path.ends_with("/tests.rs") && !source.path.contains("/tests/"));
    sources.map(|source| Module::read(&source.path, &source.text)).collect()
}

/// Arrows from a lower floor to a higher one.
fn upward(module: &Module) -> Vec<String> {
    let floor = FLOORS.iter().find(|(floor, _)| module.path.first().is_some_and(|first| first == floor));
    let Some((_, below)) = floor else { return Vec::new() };
    let named =
        module.named.own.iter().filter(|path| path.first().is_some_and(|to| !below.contains(&to.as_str())));
    named.map(|path| format!("{} names crate::{}", module.file, path.join("::"))).collect()
}

/// Arrows from one folder of the domain to another.
fn sideways(module: &Module) -> Vec<String> {
    // gate.rs, integrity.rs and the other files beside the folders may see all of them.
    let [domain, folder, ..] = module.path.as_slice() else { return Vec::new() };
    let is_in_folder = module.file.matches('/').count() > 2;
    if domain != "domain" || !is_in_folder {
        return Vec::new();
    }
    let is_allowed = |path: &[&str]| match path {
        ["domain", to, inner @ ..] if *to != folder.as_str() => {
            // The access check hands out the key to a patient's rows; every domain may name that key. Any domain may
            // write what happened into the log of events.
            matches!((*to, inner), (_, ["model", ..]) | ("connections", ["access", ..]))
                || matches!((*to, inner), ("events", ["tables", "publish"]))
        }
        _ => true,
    };
    let named = module.named.own.iter().filter(|path| {
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        !is_allowed(&parts)
    });
    named.map(|path| format!("{} names crate::{}", module.file, path.join("::"))).collect()
}

/// Libraries outside of their rooms.
fn strayed(module: &Module) -> Vec<String> {
    let is_part = |name: &str, library: &str| {
        name == library || name.strip_prefix(library).is_some_and(|rest| rest.starts_with('_'))
    };
    let mut wrong = Vec::new();
    for (library, places) in ROOMS {
        let names_it = module
            .named
            .libraries
            .iter()
            .any(|name| is_part(name, library) || name.ends_with(&format!("_{library}")));
        if names_it && !places.iter().any(|place| module.file.starts_with(place)) {
            wrong.push(format!("{} names {library}", module.file));
        }
    }
    wrong
}

/// Functions of flows, views and api that reach the store other than through the gate.
fn past_the_gate(module: &Module) -> Vec<String> {
    let is_above =
        ["src/flows/", "src/views/", "src/api/"].iter().any(|floor| module.file.starts_with(floor));
    let functions = module.named.uses_store.iter().filter(|_| is_above);
    functions.map(|function| format!("{} {function}", module.file)).collect()
}

fn assert_none(what: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}

#[test]
fn arrows_point_down_only() {
    assert_none("upward arrows", &modules().iter().flat_map(upward).collect::<Vec<_>>());
}

#[test]
fn domain_folders_do_not_name_their_neighbours() {
    assert_none("sideways arrows", &modules().iter().flat_map(sideways).collect::<Vec<_>>());
}

#[test]
fn libraries_stay_in_their_rooms() {
    assert_none("libraries outside of their rooms", &modules().iter().flat_map(strayed).collect::<Vec<_>>());
}

/// The list says of each function why it needs no caller. What is not listed goes through `domain/gate.rs`.
#[test]
fn only_listed_functions_pass_the_gate_by() {
    let text = include_str!("past_the_gate.txt");
    let listed: BTreeSet<&str> =
        text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let modules = modules();
    let found: Vec<String> = modules.iter().flat_map(past_the_gate).collect();
    let new: Vec<String> = found.iter().filter(|it| !listed.contains(it.as_str())).cloned().collect();
    assert_none("these reach the store past the gate", &new);
    let gone: Vec<String> =
        listed.iter().filter(|it| !found.iter().any(|other| other == *it)).map(ToString::to_string).collect();
    assert_none("these do not pass the gate by any more: strike them from the list", &gone);
}

/// Circles that are still to be opened. None may be added.
#[test]
fn no_new_circle_of_files() {
    let text = include_str!("circles.txt");
    let known: BTreeSet<Vec<String>> = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split(' ').map(str::to_owned).collect())
        .collect();
    let found = circles(&arrows(modules()));
    let lines =
        |circles: Vec<&Vec<String>>| circles.iter().map(|circle| circle.join(" ")).collect::<Vec<_>>();
    assert_none("files that name each other", &lines(found.difference(&known).collect()));
    assert_none("circles that are open now: strike them", &lines(known.difference(&found).collect()));
}

/// What a fence says of a file that was planted.
fn planted(fence: impl Fn(&Module) -> Vec<String>, file: &str, text: &str) -> Vec<String> {
    fence(&Module::read(file, text))
}

#[test]
fn every_fence_finds_what_was_planted() {
    for (file, text, names) in [
        ("src/platform/sneak.rs", "use super::super::flows::auth::login;", "crate::flows::auth::login"),
        ("src/platform/sneak.rs", "fn f() { crate::api::x::y() }", "crate::api::x::y"),
        ("src/platform/sneak.rs", "fn f() { vec![crate::api::x::y()] ; }", "crate::api::x::y"),
        ("src/views/sneak.rs", "use crate::{domain::a, flows::{b, c}};", "crate::flows::b"),
    ] {
        let found = planted(upward, file, text);
        assert!(found.iter().any(|it| it.ends_with(names)), "{text}: {found:?}");
    }
    for text in [
        "use super::super::prescriptions::tables::PRESCRIPTIONS;",
        "use crate::domain::prescriptions::tables as rows;",
        "fn f() { super::super::prescriptions::tables::list() }",
        "mod inner { use super::super::super::prescriptions::tables::PRESCRIPTIONS; }",
    ] {
        assert_eq!(planted(sideways, "src/domain/vitals/sneak.rs", text).len(), 1, "{text}");
        assert_eq!(planted(sideways, "src/domain/sneak.rs", text), [""; 0], "beside the folders");
    }
    assert_eq!(
        planted(sideways, "src/domain/vitals/sneak.rs", "use crate::domain::users::model::User;"),
        [""; 0]
    );
    for text in ["use poem as web;", "extern crate redb as r;", "fn f() { redb::Database::open() }"] {
        assert_eq!(planted(strayed, "src/flows/sneak.rs", text).len(), 1, "{text}");
    }
    for text in [
        "fn f(context: &Context) { context\n.store\n.write(move |tx| USERS.delete(tx, &id)) }",
        "fn f(context: &Context) { let s = &context.store; s.read(|tx| DAYS.list_prefix(tx, &id)) }",
    ] {
        assert_eq!(planted(past_the_gate, "src/views/sneak.rs", text), ["src/views/sneak.rs f"], "{text}");
    }
    assert_eq!(
        planted(past_the_gate, "src/views/sneak.rs", "fn f() { lock.read(); gate::read(c, |tx| 1) }"),
        [""; 0]
    );
}

#[test]
fn a_circle_is_found_through_several_files() {
    let files = [
        ("src/flows/one.rs", "use super::two::x;"),
        ("src/flows/two.rs", "use crate::flows::three::deep::x;"),
        ("src/flows/three/mod.rs", "mod deep; use super::one::x;"),
        ("src/flows/three/deep.rs", "use super::shared;"),
        ("src/flows/four.rs", "use super::one::x;"),
    ];
    let modules: Vec<Module> = files.iter().map(|(file, text)| Module::read(file, text)).collect();
    assert_eq!(circles(&arrows(&modules)), BTreeSet::new(), "a part of a folder is not its file");
    let closing = Module::read("src/flows/three/deep.rs", "use crate::flows::one::x;");
    let modules: Vec<Module> =
        modules.into_iter().filter(|it| it.file != "src/flows/three/deep.rs").chain([closing]).collect();
    let found = circles(&arrows(&modules));
    assert_eq!(
        found.into_iter().map(|it| it.join(" ")).collect::<Vec<_>>(),
        ["flows/one flows/three/deep flows/two"]
    );
}
