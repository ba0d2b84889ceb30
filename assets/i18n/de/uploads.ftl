add-file = Datei hinzufügen
add-file-button = Hochladen
add-file-hint = Ein Bild für Ihre Dokumente oder eine beliebige andere Datei. Höchstgröße:
drop-hint = Sie können Dateien auch in dieses Feld ziehen.
usage = { $count ->
    [0] Keine Dateien
    [one] Eine Datei
   *[other] { $count } Dateien
}
usage-of = { $used } von { $quota } belegt
usage-parts = Dateien { $files }, Dokumente { $documents }, PDFs { $pdfs }
more = Mehr
in-a-document = Markdown für Ihr Dokument:
download = Herunterladen
transfer-failed = konnte nicht hochgeladen werden
no-uploads = Noch keine Dateien
no-uploads-help = Dateien, die Sie hier hinzufügen, und Bilder, die Sie in einen Text ziehen, erscheinen in dieser Liste. Nur Sie haben Zugriff darauf.

notice-uploaded = Hochladen abgeschlossen.
notice-upload-removed = Die Datei wurde gelöscht.
