new-document = New document
untitled = Untitled
search = Search
search-titles = Search titles
changed = Changed
nothing-found = Nothing found
nothing-found-help = No document title contains “{ $words }”.
all-documents = All documents
no-documents = No documents yet
no-documents-help = Create an empty document, or start with an example with headings, a table, a footnote and a quote. Then select “Make PDF”.
begin-with-example = Start with the example
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

    1. Drag an image into this text.
    2. Write around it.
    3. Make the PDF again.

    {"["}^1]: With a stick and a watch.

title = Title
text = Text
text-hint = Markdown; drag images into the text
save = Save
preview = Preview
typeset = Make PDF
typesetting = Typesetting
pane = Preview and PDF
is-stored = All changes saved.
is-changed = Not saved yet.
is-storing = Saving…
is-refused = Not saved. Your text is still in the editor. Try again in a moment.
is-signed-out = Not saved, because you are signed out. Sign in in another tab, then save again.
is-conflict = Not saved, because the document was changed in another window. Saving again replaces that version.
see-other-version = Open the other version in a new tab
nothing-to-preview = The preview of your text appears here.

typesetting-queued = In the queue…
typesetting-running = Typesetting…
typesetting-failed = The PDF could not be made.
no-pdf = No PDF yet. Select “Make PDF” to create one from the current text.
set-at = Made
page-count = { $count ->
    [one] one page
   *[other] { $count } pages
}
outdated = the text has changed since
open-pdf = Open
download-pdf = Download

remove-document = Delete document…
remove-document-help = This permanently deletes the document and all its PDFs. It cannot be undone.
remove-for-good = Delete permanently

notice-saved = Saved.
notice-document-removed = The document was deleted.

refused-document-conflict = Not saved, because the document was changed in another window. Saving again replaces that version.
refused-document-payload_too_large = Not saved. Your storage is full. Delete files or documents, then save again.

invalid-title-length = Enter a title of 1 to 200 characters.
invalid-title-characters = The title must not contain control characters.
invalid-body-max_length = The text is too long. Use at most 1 MiB.
invalid-body-characters = The text must not contain NUL characters.
