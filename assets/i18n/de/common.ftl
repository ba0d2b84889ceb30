skip = Zum Inhalt springen
nav = Hauptnavigation
documents = Dokumente
uploads = Dateien
account = Konto
sign-in = Anmelden
sign-out = Abmelden
register = Konto anlegen
register-short = Registrieren
home = Zurück zum Anfang
quote = Wenn Sie um Hilfe bitten, nennen Sie dies:
colophon = Ballast bewahrt, was Sie schreiben, und setzt es schön.

remove = Löschen
previous = Neuere
next = Ältere
page-of = Seite { $page } von { $total }
pages = Seiten

errors-in-form = { $count ->
    [one] Eine Angabe braucht noch einen Blick.
   *[other] { $count } Angaben brauchen noch einen Blick.
}
errors-prefix = Bitte prüfen:
