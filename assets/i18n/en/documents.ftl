new-document = New document
untitled = Untitled
search = Search
search-titles = Search titles
changed = Changed
nothing-found = Nothing found
nothing-found-help = No title holds “{ $words }”.
all-documents = All documents
no-documents = Nothing written yet
no-documents-help = Begin with an empty page, or with an example that shows headings, a table, a footnote and a quote: one click on “Make PDF” sets it.
begin-with-example = Begin with the example
example-title = The weir
example-body =
    A river is *slow* where it is deep. We measured it at **three** places between April and June.[^1]

    ## What we found

    | Place | Depth | Speed |
    | :---- | ----: | ----: |
    | Bridge | 1.2 m | 0.8 m/s |
    | Mill | 2.6 m | 0.3 m/s |
    | Weir | 0.4 m | 2.1 m/s |

    > The water remembers nothing, and the bed remembers everything.

    ## How to go on

    1. Drag a picture into this text.
    2. Write around it.
    3. Make the PDF again.

    {"["}^1]: With a stick and a watch.

title = Title
text = Text
text-hint = Markdown; drag pictures in
save = Save
preview = Preview
typeset = Make PDF
typesetting = Typesetting
pane = Beside the text
is-stored = All saved.
is-changed = Not saved yet.
is-storing = Saving…
is-refused = Not saved. Your text is still here; try again in a moment.
is-signed-out = Not saved: you are signed out. Sign in in another tab, then save again.
is-conflict = Not saved: the document was changed elsewhere meanwhile. Saving again replaces that version.
see-other-version = Look at the other version in a new tab
nothing-to-preview = What you write appears here.

typesetting-queued = Waiting for its turn…
typesetting-running = Being set…
typesetting-failed = There is no new PDF.
no-pdf = No PDF yet. “Make PDF” sets the text as it stands.
set-at = Set
page-count = { $count ->
    [one] one page
   *[other] { $count } pages
}
outdated = the text has changed since
open-pdf = Open
download-pdf = Download

remove-document = Delete this document…
remove-document-help = The text and all its PDFs will be gone. This cannot be undone.
remove-for-good = Delete for good

notice-saved = Saved.
notice-document-removed = The document is deleted.

refused-document-conflict = Not saved: the document was changed elsewhere meanwhile. Saving again replaces that version.
refused-document-payload_too_large = Not saved: Your storage is full. Delete files or documents, then save again.

invalid-title-length = Enter a title of 1 to 200 characters.
invalid-title-characters = A title has no control characters.
invalid-body-max_length = A text has at most 1 MiB.
invalid-body-characters = A text has no NUL characters.
