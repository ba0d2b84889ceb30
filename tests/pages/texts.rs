//! The texts of the pages: each language has all of them, and each one that is named is there.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    path::{Path, PathBuf},
};

use ballast::{
    controllers::web::flash,
    errors,
    models::security_events,
    views::{locale::Language, translations::Texts},
};

fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

/// Each text's name with what is filled into it.
fn texts(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for file in files(&format!("assets/i18n/{}", language.tag())) {
        let mut name = String::new();
        for line in fs::read_to_string(&file).unwrap().lines() {
            if let Some((key, _)) = line.split_once(" =").filter(|_| !line.starts_with([' ', '#'])) {
                key.clone_into(&mut name);
                assert!(found.insert(name.clone(), BTreeSet::new()).is_none(), "{name} stands twice");
            }
            let filled = line.match_indices("{ $").map(|(at, mark)| &line[at + mark.len()..]);
            let names = filled.map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
            if let Some(text) = found.get_mut(&name) {
                text.extend(names.collect::<Vec<String>>());
            }
        }
    }
    assert!(found.len() > 100, "{}", found.len());
    found
}

/// Every name that templates give as a whole, and the beginnings of those that they put together.
fn named() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut whole, mut begun) = (BTreeSet::new(), BTreeSet::new());
    for file in files("assets/views") {
        let template = fs::read_to_string(&file).unwrap();
        for rest in template.split("t(key=\"").skip(1) {
            let (key, after) = rest.split_once('"').unwrap();
            if after.trim_start().starts_with('~') {
                begun.insert(key.to_owned())
            } else {
                whole.insert(key.to_owned())
            };
        }
    }
    (whole, begun)
}

/// The names that are put together from what the service knows.
fn composed() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    names.extend(flash::ALL.map(|notice| format!("notice-{notice}")));
    for (_, _, code, _) in errors::TABLE {
        names.extend([format!("error-{code}"), format!("error-{code}-help")]);
    }
    names.extend(security_events::TABLE.map(|(_, code)| format!("event-{code}")));
    names.extend(["queued", "running"].map(|status| format!("typesetting-{status}")));
    names.extend(Language::ALL.map(|language| format!("language-{}", language.tag())));
    names
}

#[test]
fn every_language_has_the_same_texts_with_the_same_gaps() {
    let english = texts(Language::English);
    for language in Language::ALL {
        assert_eq!(texts(language), english, "{language:?}");
    }
}

#[test]
fn every_text_that_is_named_is_there_and_every_one_that_is_there_is_named() {
    let known: BTreeSet<_> = texts(Language::English).into_keys().collect();
    let (whole, begun) = named();
    let composed = composed();
    let missing: Vec<_> = whole.union(&composed).filter(|name| !known.contains(*name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let unused: Vec<_> = known
        .iter()
        .filter(|name| !whole.contains(*name) && !begun.iter().any(|start| name.starts_with(start)))
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn every_text_can_be_said_with_anything_filled_in() {
    let all = Texts::load().unwrap();
    for language in Language::ALL {
        for (name, gaps) in texts(language) {
            for number in [0, 1, 2] {
                let filled = gaps.iter().map(|gap| (gap.clone().into(), number.into())).collect::<HashMap<_, _>>();
                let said = all.find(language, &name, &filled).unwrap_or_else(|| panic!("{language:?} {name}"));
                assert!(!said.is_empty() && !said.contains("{$"), "{language:?} {name}: {said}");
            }
        }
    }
}
