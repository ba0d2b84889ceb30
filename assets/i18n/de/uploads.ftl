add-file = Eine Datei hinzufügen
add-file-button = Hochladen
add-file-hint = Ein Bild für Ihre Dokumente oder sonst etwas, das Sie aufheben wollen. Höchstens
drop-hint = Sie können Dateien auch irgendwo in diesem Feld ablegen.
usage = { $count ->
    [0] Keine Dateien
    [one] Eine Datei
   *[other] { $count } Dateien
}
usage-of = { $used } von { $quota } belegt
usage-parts = Dateien { $files }, Dokumente { $documents }, PDFs { $pdfs }
more = Mehr
in-a-document = Im Dokument:
download = Herunterladen
transfer-failed = konnte nicht hochgeladen werden
no-uploads = Noch keine Dateien
no-uploads-help = Dateien, die Sie hier hinzufügen, und Bilder, die Sie in einen Text ziehen, werden hier aufbewahrt. Niemand sonst kann sie sehen.

notice-uploaded = Die Datei ist da.
notice-upload-removed = Die Datei ist gelöscht.
