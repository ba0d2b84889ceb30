//! Tests of translations of web pages: complete in every language, and consistent with the templates.

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

/// Returns the keys of all texts in a language, each with the names of the variables in the text.
fn texts(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for file in files(&format!("assets/i18n/{}", language.tag())) {
        let mut name = String::new();
        for line in fs::read_to_string(&file).unwrap().lines() {
            if let Some((key, _)) = line.split_once(" =").filter(|_| !line.starts_with([' ', '#'])) {
                key.clone_into(&mut name);
                assert!(found.insert(name.clone(), BTreeSet::new()).is_none(), "{name} is duplicated");
            }
            let variables = line.match_indices("{ $").map(|(at, start)| &line[at + start.len()..]);
            let names = variables.map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
            if let Some(text) = found.get_mut(&name) {
                text.extend(names.collect::<Vec<String>>());
            }
        }
    }
    assert!(found.len() > 100, "{}", found.len());
    found
}

/// Returns the complete keys, and the prefixes of composed keys, that the templates use.
fn template_keys() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut whole, mut prefixes) = (BTreeSet::new(), BTreeSet::new());
    for file in files("assets/views") {
        let template = fs::read_to_string(&file).unwrap();
        for rest in template.split("t(key=\"").skip(1) {
            let (key, after) = rest.split_once('"').unwrap();
            if after.trim_start().starts_with('~') {
                prefixes.insert(key.to_owned())
            } else {
                whole.insert(key.to_owned())
            };
        }
    }
    (whole, prefixes)
}

/// Returns the keys that the code composes from parts.
fn composed_keys() -> BTreeSet<String> {
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
fn translations_have_equal_keys_and_variables_in_all_languages() {
    let english = texts(Language::English);
    for language in Language::ALL {
        assert_eq!(texts(language), english, "{language:?}");
    }
}

#[test]
fn translation_keys_are_defined_and_used() {
    let known: BTreeSet<_> = texts(Language::English).into_keys().collect();
    let (whole, prefixes) = template_keys();
    let composed = composed_keys();
    let missing: Vec<_> = whole.union(&composed).filter(|name| !known.contains(*name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let unused: Vec<_> = known
        .iter()
        .filter(|name| !whole.contains(*name) && !prefixes.iter().any(|start| name.starts_with(start)))
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn translations_format_with_all_variables() {
    let all = Texts::load().unwrap();
    for language in Language::ALL {
        for (name, variables) in texts(language) {
            for number in [0, 1, 2] {
                let arguments =
                    variables.iter().map(|name| (name.clone().into(), number.into())).collect::<HashMap<_, _>>();
                let text = all.find(language, &name, &arguments).unwrap_or_else(|| panic!("{language:?} {name}"));
                assert!(!text.is_empty() && !text.contains("{$"), "{language:?} {name}: {text}");
            }
        }
    }
}
