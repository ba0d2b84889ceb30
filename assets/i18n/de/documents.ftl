new-document = Neues Dokument
untitled = Ohne Titel
search = Suchen
search-titles = Titel durchsuchen
changed = Geändert
nothing-found = Nichts gefunden
nothing-found-help = Kein Dokumenttitel enthält „{ $words }“.
all-documents = Alle Dokumente
no-documents = Noch keine Dokumente
no-documents-help = Erstellen Sie ein leeres Dokument, oder beginnen Sie mit einem Beispiel mit Überschriften, Tabelle, Fußnote und Zitat. Wählen Sie dann „PDF erstellen“.
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
text-hint = Markdown; Bilder in den Text ziehen
save = Speichern
preview = Vorschau
typeset = PDF erstellen
typesetting = Satz
pane = Vorschau und PDF
is-stored = Alle Änderungen gespeichert.
is-changed = Noch nicht gespeichert.
is-storing = Wird gespeichert …
is-refused = Nicht gespeichert. Ihr Text ist noch im Editor. Versuchen Sie es gleich noch einmal.
is-signed-out = Nicht gespeichert, weil Sie abgemeldet sind. Melden Sie sich in einem anderen Tab an und speichern Sie dann noch einmal.
is-conflict = Nicht gespeichert, weil das Dokument in einem anderen Fenster geändert wurde. Erneutes Speichern ersetzt die andere Version.
see-other-version = Andere Version in einem neuen Tab öffnen
nothing-to-preview = Hier erscheint die Vorschau Ihres Textes.

typesetting-queued = In der Warteschlange …
typesetting-running = Wird gesetzt …
typesetting-failed = Das PDF konnte nicht erstellt werden.
no-pdf = Noch kein PDF. Wählen Sie „PDF erstellen“, um eines aus dem aktuellen Text zu erstellen.
set-at = Erstellt
page-count = { $count ->
    [one] eine Seite
   *[other] { $count } Seiten
}
outdated = der Text wurde seitdem geändert
open-pdf = Öffnen
download-pdf = Herunterladen

remove-document = Dokument löschen …
remove-document-help = Das Dokument wird mit allen PDFs endgültig gelöscht. Das lässt sich nicht rückgängig machen.
remove-for-good = Endgültig löschen

notice-saved = Gespeichert.
notice-document-removed = Das Dokument wurde gelöscht.

refused-document-conflict = Nicht gespeichert, weil das Dokument in einem anderen Fenster geändert wurde. Erneutes Speichern ersetzt die andere Version.
refused-document-payload_too_large = Nicht gespeichert. Ihr Speicherplatz ist voll. Löschen Sie Dateien oder Dokumente und speichern Sie dann noch einmal.

invalid-title-length = Geben Sie einen Titel mit 1 bis 200 Zeichen ein.
invalid-title-characters = Der Titel darf keine Steuerzeichen enthalten.
invalid-body-max_length = Der Text ist zu lang. Verwenden Sie höchstens 1 MiB.
invalid-body-characters = Der Text darf keine NUL-Zeichen enthalten.
