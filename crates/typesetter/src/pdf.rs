//! PDF export: an archival and accessible PDF if possible, otherwise a plain tagged PDF.

use time::OffsetDateTime;
use typst::diag::SourceDiagnostic;
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::{
    error::TypesetError,
    limits,
    types::{Conformance, Request},
};

/// Exports the pages as one PDF that conforms to both PDF/A-2a and PDF/UA-1.
///
/// Exports a plain tagged PDF if the pages violate one of these standards. For example, both standards forbid a
/// character that is missing from all fonts.
///
/// # Errors
/// Returns an error if Typst rejects the pages, or if the PDF exceeds [`limits::PDF_BYTES`].
pub(crate) fn export(document: &PagedDocument, request: &Request) -> Result<(Vec<u8>, Conformance), TypesetError> {
    let strict = strict_standards().and_then(|standards| typst_pdf::pdf(document, &options(request, standards)).ok());
    let (pdf, conformance) = match strict {
        Some(pdf) => (pdf, Conformance::ArchivalAccessible),
        None => (export_plain(document, request)?, Conformance::None),
    };
    if pdf.len() > limits::PDF_BYTES {
        return Err(TypesetError::too_complex("pdf_bytes", limits::PDF_BYTES, "bytes as a PDF"));
    }
    Ok((pdf, conformance))
}

fn export_plain(document: &PagedDocument, request: &Request) -> Result<Vec<u8>, TypesetError> {
    typst_pdf::pdf(document, &options(request, PdfStandards::default()))
        .map_err(|errors| TypesetError::failed(&first_message(&errors)))
}

fn strict_standards() -> Option<PdfStandards> {
    PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1]).ok()
}

fn options(request: &Request, standards: PdfStandards) -> PdfOptions {
    PdfOptions {
        ident: Smart::Custom(request.document_id.to_string()),
        creator: Smart::Custom(Some("Ballast".to_owned())),
        timestamp: timestamp(request.updated_at),
        standards,
        tagged: true,
        ..PdfOptions::default()
    }
}

/// Converts Unix seconds to a UTC timestamp. Returns `None` if the time is outside the range of [`OffsetDateTime`].
fn timestamp(unix_seconds: i64) -> Option<Timestamp> {
    let at = OffsetDateTime::from_unix_timestamp(unix_seconds).ok()?;
    let (hour, minute, second) = at.to_hms();
    Datetime::from_ymd_hms(at.year(), at.month().into(), at.day(), hour, minute, second).map(Timestamp::new_utc)
}

/// Returns the message of the first error, or an empty string if there are no errors.
pub(crate) fn first_message(errors: &[SourceDiagnostic]) -> String {
    errors.first().map(|error| error.message.to_string()).unwrap_or_default()
}
