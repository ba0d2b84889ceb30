home-title = Write in Markdown, get a typeset PDF
home-headline = Write in Markdown, get a typeset PDF.
home-lead = Write in Markdown, add your images, and create a professionally typeset PDF. Your documents and files stay private.
home-open = Open your documents
home-figure = A text in Markdown and the page typeset from it
home-manuscript =
    # The weir

    A river is *slow* where it
    is deep. We measured it
    at **three** places[^1]
    between April and June.
home-printed-title = The weir
home-printed = A river is slow where it is deep. We measured it at three places between April and June, before the meadows were mown and after the last of the snow had gone from the hills above the mill.
home-set = Typeset, not just converted
home-set-text = Justified and hyphenated text, tables, footnotes, highlighted code and a running header. The same text gives the same PDF.
home-own = Private
home-own-text = Only you can access what you write and upload. No trackers, no third-party hosts, and only a few lines of script.
home-kept = Safely stored
home-kept-text = An upload is confirmed after the file is on disk. A requested PDF survives a restart of the server.
