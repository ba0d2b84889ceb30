//! Renders front matter as a table, as GitHub does.

use pulldown_cmark::{Alignment, Event, Tag, TagEnd};
use typesetter::markdown::FrontMatter;

/// Maximum number of columns of the table.
const COLUMNS: usize = 64;

/// Returns the events of a table with the keys in the head and the values in one row. Returns no events if there is no
/// front matter.
pub fn table(matter: FrontMatter) -> Vec<Event<'static>> {
    let (keys, values): (Vec<_>, Vec<_>) = matter.entries.into_iter().take(COLUMNS).unzip();
    if keys.is_empty() {
        return Vec::new();
    }
    let table = Tag::Table(vec![Alignment::None; keys.len()]);
    let mut events = vec![Event::Start(table), Event::Start(Tag::TableHead)];
    events.extend(keys.into_iter().flat_map(cell));
    events.extend([Event::End(TagEnd::TableHead), Event::Start(Tag::TableRow)]);
    events.extend(values.into_iter().flat_map(cell));
    events.extend([Event::End(TagEnd::TableRow), Event::End(TagEnd::Table)]);
    events
}

fn cell(text: String) -> [Event<'static>; 3] {
    [Event::Start(Tag::TableCell), Event::Text(text.into()), Event::End(TagEnd::TableCell)]
}
