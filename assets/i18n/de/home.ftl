home-title = In Markdown schreiben, ein gesetztes PDF erhalten
home-headline = In Markdown schreiben, ein gesetztes PDF erhalten.
home-lead = Schreiben Sie in Markdown, fügen Sie Ihre Bilder ein, und erstellen Sie ein professionell gesetztes PDF. Ihre Dokumente und Dateien bleiben privat.
home-open = Zu Ihren Dokumenten
home-figure = Ein Text in Markdown und die daraus gesetzte Seite
home-manuscript =
    # Das Wehr

    Ein Fluss ist *langsam*, wo
    er tief ist. Gemessen haben
    wir an **drei** Stellen[^1]
    zwischen April und Juni.
home-printed-title = Das Wehr
home-printed = Ein Fluss ist langsam, wo er tief ist. Gemessen haben wir an drei Stellen zwischen April und Juni, bevor die Wiesen gemäht wurden und nachdem der letzte Schnee von den Hügeln über der Mühle verschwunden war.
home-set = Gesetzt, nicht nur umgewandelt
home-set-text = Blocksatz mit Silbentrennung, Tabellen, Fußnoten, hervorgehobener Code und ein Kolumnentitel. Derselbe Text ergibt dasselbe PDF.
home-own = Privat
home-own-text = Nur Sie haben Zugriff auf das, was Sie schreiben und hochladen. Keine Tracker, keine fremden Server und nur wenige Zeilen Skript.
home-kept = Sicher gespeichert
home-kept-text = Ein Upload wird bestätigt, nachdem die Datei auf der Festplatte gespeichert ist. Ein angefordertes PDF übersteht einen Neustart des Servers.
