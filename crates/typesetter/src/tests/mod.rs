//! Tests of the whole crate, from a document to a PDF or an error.

mod copied_text;
mod images;
mod injection;
mod limits;
mod protocol;
mod robustness;
mod sample;

use std::sync::LazyLock;

use typst::layout::{Frame, FrameItem};
use typst::model::Destination;

use crate::render::{layout, on_large_stack};
use crate::{Fonts, Rendered, Request, TypesetError, mapper, render};

/// Fonts for all tests. Shared, because loading fonts is slow in a debug build.
static FONTS: LazyLock<Fonts> = LazyLock::new(Fonts::new);

fn request(markdown: &str) -> Request {
    Request {
        title: "A title".to_owned(),
        markdown: markdown.to_owned(),
        updated_at: 1_700_000_000,
        ..Request::default()
    }
}

fn typeset(markdown: &str) -> Result<Rendered, TypesetError> {
    render(&request(markdown), &FONTS)
}

/// Text, links and images of all pages, in the order of the layout.
#[derive(Default)]
struct PageContent {
    text: String,
    links: Vec<String>,
    images: usize,
}

/// Renders a document and returns the content of its pages.
fn page_content(request: &Request) -> PageContent {
    on_large_stack(|| {
        let document = layout(mapper::map(request)?, &FONTS)?;
        let mut content = PageContent::default();
        document.pages().iter().for_each(|page| content.add(&page.frame));
        Ok(content)
    })
    .expect("the document is typeset")
}

impl PageContent {
    fn add(&mut self, frame: &Frame) {
        for (_, item) in frame.items() {
            match item {
                FrameItem::Group(group) => self.add(&group.frame),
                // Uses a normal space, because Typst writes a no-break space before the number of a figure.
                FrameItem::Text(run) => self.text += &run.text.replace("\u{A0}", " "),
                FrameItem::Link(Destination::Url(url), _) => {
                    self.links.push(url.as_str().to_owned());
                }
                FrameItem::Link(..) => self.links.push("within".to_owned()),
                FrameItem::Image(..) => self.images += 1,
                FrameItem::Shape(..) | FrameItem::Tag(_) => {}
            }
        }
    }
}
