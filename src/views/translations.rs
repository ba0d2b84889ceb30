//! Every text of the pages, in each language (`assets/i18n`), for the templates.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use fluent_templates::{ArcLoader, Loader, fluent_bundle::FluentValue};
use loco_rs::{Error, Result};
use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::locale::Language;

const FOLDER: &str = "assets/i18n";
/// The template's own words for what `t` itself takes; everything else goes into the text.
const OWN: [&str; 2] = ["key", "or"];

/// The texts; clones share them.
#[derive(Clone)]
pub struct Texts(Arc<ArcLoader>);

impl Texts {
    /// Reads every language.
    ///
    /// # Errors
    /// When a file cannot be read or understood.
    pub fn load() -> Result<Self> {
        let loader = ArcLoader::builder(FOLDER, Language::default().identifier());
        // Marks around what is filled in would show up in titles and attributes.
        let loader = loader.customize(|bundle| bundle.set_use_isolating(false)).build();
        loader.map(|loader| Self(Arc::new(loader))).map_err(Error::msg)
    }

    /// One text; nothing where no language has it.
    #[must_use]
    pub fn find(
        &self,
        language: Language,
        key: &str,
        arguments: &HashMap<Cow<'static, str>, FluentValue<'_>>,
    ) -> Option<String> {
        self.0.try_lookup_with_args(&language.identifier(), key, arguments)
    }

    /// Teaches templates `t(key="…")`, in the language that their context calls `lang`. A text that is
    /// missing fails the page, unless the template has other words for it: `or="…"`.
    pub(super) fn register(&self, tera: &mut Tera) {
        let texts = self.clone();
        tera.register_function("t", move |kwargs: Kwargs, state: &State<'_>| texts.template(&kwargs, state));
    }

    fn template(&self, kwargs: &Kwargs, state: &State<'_>) -> TeraResult<String> {
        let key: &str = kwargs.must_get("key")?;
        let found = self.find(language(state)?, key, &arguments(kwargs));
        match found.or(kwargs.get::<&str>("or")?.map(str::to_owned)) {
            Some(text) => Ok(text),
            None => Err(tera::Error::message(format!("there is no text `{key}`"))),
        }
    }
}

/// The language of the page that is being drawn.
pub(super) fn language(state: &State<'_>) -> TeraResult<Language> {
    Ok(state.get::<String>("lang")?.and_then(|tag| Language::of_tag(&tag)).unwrap_or_default())
}

fn arguments(kwargs: &Kwargs) -> HashMap<Cow<'static, str>, FluentValue<'static>> {
    let named = kwargs.iter().filter_map(|(name, value)| Some((name.as_str()?.to_owned(), value)));
    let given = named.filter(|(name, _)| !OWN.contains(&name.as_str()));
    given.filter_map(|(name, value)| Some((Cow::Owned(name), fluent(value)?))).collect()
}

/// Numbers stay numbers: they choose between singular and plural.
fn fluent(value: &Value) -> Option<FluentValue<'static>> {
    match value.as_f64() {
        Some(number) => Some(number.into()),
        None => value.as_str().map(|text| text.to_owned().into()),
    }
}
