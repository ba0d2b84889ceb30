retry-after = { $seconds ->
    [one] In einer Sekunde lohnt sich der nächste Versuch.
   *[other] In { $seconds } Sekunden lohnt sich der nächste Versuch.
}

error-bad_request = Das war nicht zu lesen
error-bad_request-help = Etwas an der Adresse oder an dem, was gesendet wurde, ist nicht, wie es sein soll.
error-unauthorized = Bitte melden Sie sich an
error-unauthorized-help = Sie sind nicht angemeldet, oder Ihre Sitzung ist zu Ende. Was Sie getippt haben, ist noch da, wenn Sie zurückgehen.
error-forbidden = Das ist nicht erlaubt
error-forbidden-help = Die Anfrage kam nicht von einer unserer Seiten. Gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es noch einmal.
error-not_found = Hier ist nichts
error-not_found-help = Die Seite ist umgezogen, wurde gelöscht oder gehört jemand anderem.
error-method_not_allowed = Das geht hier nicht
error-method_not_allowed-help = Diese Adresse gibt es, aber nicht für das, was verlangt wurde.
error-request_timeout = Das hat zu lange gedauert
error-request_timeout-help = Die Verbindung war zu langsam, oder wir waren es. Bitte versuchen Sie es noch einmal.
error-conflict = Das wurde inzwischen geändert
error-conflict-help = Was Sie ändern wollten, ist nicht mehr, wie Sie es gesehen haben.
error-payload_too_large = Das ist zu groß
error-payload_too_large-help = Es ist mehr, als wir auf einmal annehmen, oder mehr, als für Ihre Dateien noch Platz ist.
error-uri_too_long = Diese Adresse ist zu lang
error-uri_too_long-help = Bitte kürzen Sie sie.
error-unsupported_media_type = Solche Inhalte werden hier nicht angenommen
error-unsupported_media_type-help = Es kam in einer Form, die diese Seite nicht liest.
error-range_not_satisfiable = Die Datei hat keinen solchen Teil
error-range_not_satisfiable-help = Sie ist kürzer als das, was verlangt wurde.
error-validation_error = Etwas braucht noch einen Blick
error-validation_error-help = Gehen Sie zurück und prüfen Sie Ihre Angaben.
error-document_too_complex = Das Dokument ist zu aufwendig
error-document_too_complex-help = Es ist größer oder tiefer verschachtelt, als wir setzen können.
error-rate_limited = Einen Moment
error-rate_limited-help = Das war etwas oft. Bitte warten Sie kurz und versuchen es dann noch einmal.
error-request_header_fields_too_large = Die Anfrage ist zu groß
error-request_header_fields_too_large-help = Ihre Kopfzeilen sind größer, als wir annehmen. Die Cookies dieser Seite zu löschen kann helfen.
error-internal_error = Bei uns ist etwas schiefgegangen
error-internal_error-help = Es ist vermerkt. Bitte versuchen Sie es später noch einmal.
error-bad_gateway = Der Dienst war nicht zu erreichen
error-bad_gateway-help = Bitte versuchen Sie es gleich noch einmal.
error-service_unavailable = Gerade ist viel los
error-service_unavailable-help = Bitte versuchen Sie es gleich noch einmal.
error-gateway_timeout = Der Dienst hat nicht rechtzeitig geantwortet
error-gateway_timeout-help = Bitte versuchen Sie es gleich noch einmal.
error-storage_full = Es ist kein Platz mehr
error-storage_full-help = Im Moment kann nichts mehr gespeichert werden.
