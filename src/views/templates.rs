//! Template engine of Loco, extended with translations, paths of static files, and filters that format sizes and times.

use loco_rs::{Error, Result, controller::views::engines::TeraView};
use tera::{Kwargs, State, Tera, TeraResult};

use super::{static_assets::StaticAssets, template_filters, translations::Texts};

/// Reads every template in `assets/views`. Tera escapes the values in templates that end in `.html`. Loco reads no
/// templates with another extension.
///
/// # Errors
/// Returns an error if a template or a translation cannot be read, or if a template uses an unknown filter, function or
/// template.
pub fn build(assets: &StaticAssets) -> Result<TeraView> {
    let (texts, assets) = (Texts::load()?, assets.clone());
    TeraView::build_with_post_process(move |tera| {
        texts.register(tera);
        template_filters::register(tera);
        files(tera, assets.clone());
        Ok(())
    })
    .map_err(|error| Error::Message(format!("the templates cannot be read: {error}")))
}

/// Registers the function `asset(name="…")`, which returns the path of a file in `assets/static`.
fn files(tera: &mut Tera, assets: StaticAssets) {
    tera.register_function("asset", move |kwargs: Kwargs, _: &State<'_>| -> TeraResult<String> {
        let name: &str = kwargs.must_get("name")?;
        assets.path(name).ok_or_else(|| tera::Error::message(format!("the static file `{name}` does not exist")))
    });
}
