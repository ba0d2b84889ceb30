//! Translations of all texts of the web pages (`assets/i18n`), for the templates.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use fluent_templates::{ArcLoader, Loader, fluent_bundle::FluentValue};
use loco_rs::{Error, Result};
use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::locale::Language;

const FOLDER: &str = "assets/i18n";
/// Arguments that the template function `t` uses itself. All other arguments are variables of the translation.
const OWN_ARGUMENTS: [&str; 2] = ["key", "or"];

/// All translations. Clones share the translations.
#[derive(Clone)]
pub struct Texts(Arc<ArcLoader>);

impl Texts {
    /// Reads the translations of every language.
    ///
    /// # Errors
    /// Returns an error if a file cannot be read or parsed.
    pub fn load() -> Result<Self> {
        let loader = ArcLoader::builder(FOLDER, Language::default().identifier());
        // Adds no isolation characters around variables, because titles and attributes would display these characters.
        let loader = loader.customize(|bundle| bundle.set_use_isolating(false)).build();
        loader.map(|loader| Self(Arc::new(loader))).map_err(Error::msg)
    }

    /// Returns the translation in `language`, or in the default language if `language` has no translation. Returns
    /// `None` if the translation is missing in both languages.
    #[must_use]
    pub fn find(
        &self,
        language: Language,
        key: &str,
        arguments: &HashMap<Cow<'static, str>, FluentValue<'_>>,
    ) -> Option<String> {
        self.0.try_lookup_with_args(&language.identifier(), key, arguments)
    }

    /// Registers the function `t(key="…")`, which returns a translation. The variable `lang` of the context is the
    /// language. A missing translation is an error, unless the template contains a default: `or="…"`.
    pub(super) fn register(&self, tera: &mut Tera) {
        let texts = self.clone();
        tera.register_function("t", move |kwargs: Kwargs, state: &State<'_>| texts.template(&kwargs, state));
    }

    fn template(&self, kwargs: &Kwargs, state: &State<'_>) -> TeraResult<String> {
        let key: &str = kwargs.must_get("key")?;
        let found = self.find(language(state)?, key, &arguments(kwargs));
        match found.or(kwargs.get::<&str>("or")?.map(str::to_owned)) {
            Some(text) => Ok(text),
            None => Err(tera::Error::message(format!("the translation `{key}` does not exist"))),
        }
    }
}

/// Returns the language of the page that is rendered: the variable `lang` of the context. Returns the default language
/// if the variable is missing or unknown.
///
/// # Errors
/// Returns an error if `lang` in the context is not a string.
pub(super) fn language(state: &State<'_>) -> TeraResult<Language> {
    Ok(state.get::<String>("lang")?.and_then(|tag| Language::of_tag(&tag)).unwrap_or_default())
}

fn arguments(kwargs: &Kwargs) -> HashMap<Cow<'static, str>, FluentValue<'static>> {
    let named = kwargs.iter().filter_map(|(name, value)| Some((name.as_str()?.to_owned(), value)));
    let given = named.filter(|(name, _)| !OWN_ARGUMENTS.contains(&name.as_str()));
    given.filter_map(|(name, value)| Some((Cow::Owned(name), fluent(value)?))).collect()
}

/// Converts an argument of a translation. Numbers stay numbers, because a number selects the singular or the plural.
/// Returns `None` for an argument that is not a number or a string.
fn fluent(value: &Value) -> Option<FluentValue<'static>> {
    match value.as_f64() {
        Some(number) => Some(number.into()),
        None => value.as_str().map(|text| text.to_owned().into()),
    }
}
