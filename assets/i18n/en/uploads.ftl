add-file = Add a file
add-file-button = Upload
add-file-hint = A picture for your documents, or anything you want to keep. At most
drop-hint = You can also drop files anywhere in this box.
usage = { $count ->
    [0] No files
    [one] One file
   *[other] { $count } files
}
usage-of = { $used } of { $quota } used
usage-parts = Files { $files }, documents { $documents }, PDFs { $pdfs }
more = More
in-a-document = In a document:
download = Download
transfer-failed = could not be uploaded
no-uploads = No files yet
no-uploads-help = Files that you add here, and pictures that you drag into a text, are kept in this place. Nobody else can see them.

notice-uploaded = The file is here.
notice-upload-removed = The file is deleted.
