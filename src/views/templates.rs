//! The template engine: Loco's, with texts, files and numbers as our pages want them.

use loco_rs::{Error, Result, controller::views::engines::TeraView};
use tera::{Kwargs, State, Tera, TeraResult};

use super::{static_assets::StaticAssets, template_filters, translations::Texts};

/// Reads every template in `assets/views`. Tera escapes what it fills into those that end in `.html`,
/// and Loco reads no other.
///
/// # Errors
/// When a template or a text cannot be read, or a template names what is not there.
pub fn build(assets: &StaticAssets) -> Result<TeraView> {
    let (texts, assets) = (Texts::load()?, assets.clone());
    TeraView::build_with_post_process(move |tera| {
        texts.register(tera);
        template_filters::register(tera);
        files(tera, assets.clone());
        Ok(())
    })
    .map_err(|error| Error::Message(format!("the pages cannot be read: {error}")))
}

/// Teaches templates `asset(name="…")`, the path of a file in `assets/static`.
fn files(tera: &mut Tera, assets: StaticAssets) {
    tera.register_function("asset", move |kwargs: Kwargs, _: &State<'_>| -> TeraResult<String> {
        let name: &str = kwargs.must_get("name")?;
        assets.path(name).ok_or_else(|| tera::Error::message(format!("there is no file `{name}`")))
    });
}
