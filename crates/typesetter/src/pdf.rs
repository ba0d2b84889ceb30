//! Writes laid-out pages as a PDF: archival and accessible if it can be, plain if not.

use time::OffsetDateTime;
use typst::diag::SourceDiagnostic;
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::document::{Conformance, Request};
use crate::failure::Failure;
use crate::limits;

/// Exports under PDF/A-2a and PDF/UA-1. These make an error of, say, a character that no font
/// has; the same pages are then written as plain tagged PDF.
pub(crate) fn export(document: &PagedDocument, request: &Request) -> Result<(Vec<u8>, Conformance), Failure> {
    let strict = strict_standards().and_then(|standards| typst_pdf::pdf(document, &options(request, standards)).ok());
    let (pdf, conformance) = match strict {
        Some(pdf) => (pdf, Conformance::ArchivalAccessible),
        None => (plain(document, request)?, Conformance::None),
    };
    if pdf.len() > limits::PDF_BYTES {
        return Err(Failure::too_complex("pdf_bytes", limits::PDF_BYTES, "bytes as a PDF"));
    }
    Ok((pdf, conformance))
}

fn plain(document: &PagedDocument, request: &Request) -> Result<Vec<u8>, Failure> {
    typst_pdf::pdf(document, &options(request, PdfStandards::default()))
        .map_err(|errors| Failure::failed(&first_message(&errors)))
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

/// `None` for a moment that no calendar has, such as `i64::MAX`.
fn timestamp(unix_seconds: i64) -> Option<Timestamp> {
    let at = OffsetDateTime::from_unix_timestamp(unix_seconds).ok()?;
    let (hour, minute, second) = at.to_hms();
    Datetime::from_ymd_hms(at.year(), at.month().into(), at.day(), hour, minute, second).map(Timestamp::new_utc)
}

/// What went wrong first; there is always at least one.
pub(crate) fn first_message(errors: &[SourceDiagnostic]) -> String {
    errors.first().map(|error| error.message.to_string()).unwrap_or_default()
}
