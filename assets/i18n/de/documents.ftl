new-document = Neues Dokument
untitled = Ohne Titel
search = Suchen
search-titles = Titel durchsuchen
changed = Geändert
nothing-found = Nichts gefunden
nothing-found-help = Kein Titel enthält „{ $words }“.
all-documents = Alle Dokumente
no-documents = Noch nichts geschrieben
no-documents-help = Beginnen Sie mit einer leeren Seite oder mit einem Beispiel, das Überschriften, eine Tabelle, eine Fußnote und ein Zitat zeigt: Ein Klick auf „PDF setzen“ setzt es.
begin-with-example = Mit dem Beispiel beginnen
example-title = Das Wehr
example-body =
    Ein Fluss ist *langsam*, wo er tief ist. Gemessen haben wir an **drei** Stellen zwischen April und Juni.[^1]

    ## Was wir fanden

    | Stelle | Tiefe | Tempo |
    | :----- | ----: | ----: |
    | Brücke | 1,2 m | 0,8 m/s |
    | Mühle | 2,6 m | 0,3 m/s |
    | Wehr | 0,4 m | 2,1 m/s |

    > Das Wasser erinnert sich an nichts, das Bett an alles.

    ## Wie es weitergeht

    1. Ziehen Sie ein Bild in diesen Text.
    2. Schreiben Sie um es herum.
    3. Setzen Sie das PDF noch einmal.

    {"["}^1]: Mit einem Stock und einer Uhr.

title = Titel
text = Text
text-hint = Markdown; Bilder hineinziehen
save = Speichern
preview = Vorschau
typeset = PDF setzen
typesetting = Satz
pane = Neben dem Text
is-stored = Alles gespeichert.
is-changed = Noch nicht gespeichert.
is-storing = Wird gespeichert …
is-refused = Nicht gespeichert. Ihr Text ist noch da; versuchen Sie es gleich noch einmal.
is-signed-out = Nicht gespeichert: Sie sind abgemeldet. Melden Sie sich in einem anderen Tab an und speichern Sie dann noch einmal.
is-conflict = Nicht gespeichert: Das Dokument wurde inzwischen anderswo geändert. Noch einmal speichern ersetzt jene Fassung.
see-other-version = Die andere Fassung in einem neuen Tab ansehen
nothing-to-preview = Was Sie schreiben, erscheint hier.

typesetting-queued = Wartet, bis es an der Reihe ist …
typesetting-running = Wird gesetzt …
typesetting-failed = Es gibt kein neues PDF.
no-pdf = Noch kein PDF. „PDF setzen“ setzt den Text, wie er dasteht.
set-at = Gesetzt
page-count = { $count ->
    [one] eine Seite
   *[other] { $count } Seiten
}
outdated = der Text wurde seitdem geändert
open-pdf = Öffnen
download-pdf = Herunterladen

remove-document = Dieses Dokument löschen …
remove-document-help = Der Text und alle seine PDFs sind dann fort. Das lässt sich nicht rückgängig machen.
remove-for-good = Endgültig löschen

notice-saved = Gespeichert.
notice-document-removed = Das Dokument ist gelöscht.

refused-document-conflict = Nicht gespeichert: Das Dokument wurde inzwischen anderswo geändert. Noch einmal speichern ersetzt jene Fassung.
refused-document-payload_too_large = Nicht gespeichert: Ihr Speicherplatz ist voll. Löschen Sie Dateien oder Dokumente und speichern Sie dann noch einmal.

invalid-title-length = Geben Sie einen Titel mit 1 bis 200 Zeichen an.
invalid-title-characters = Ein Titel hat keine Steuerzeichen.
invalid-body-max_length = Ein Text hat höchstens 1 MiB.
invalid-body-characters = Ein Text hat keine NUL-Zeichen.
