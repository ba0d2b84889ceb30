skip = Zum Inhalt springen
nav = Hauptnavigation
documents = Dokumente
uploads = Dateien
account = Konto
sign-in = Anmelden
sign-out = Abmelden
register = Konto erstellen
register-short = Registrieren
home = Zur Startseite
quote = Anfrage-ID für den Support:
colophon = Ballast setzt aus Markdown druckreife PDFs.

remove = Löschen
previous = Neuere
next = Ältere
page-of = Seite { $page } von { $total }
pages = Seiten

errors-in-form = { $count ->
    [one] Ein Feld ist ungültig.
   *[other] { $count } Felder sind ungültig.
}
errors-prefix = Fehler:
