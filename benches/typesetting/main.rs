//! Measures the time from a typesetting request to the finished PDF, and compares Ballast with `WeasyPrint` and Chromium.
//! Every program typesets one document before the measurement. All documents of a round have the same text.
//!
//! Usage: `cargo bench --bench typesetting -- [--rounds 5] [--python python3] [--sections 10] [--all]
//! [--record perf.data]`.
//! `--sections` selects one document. Skips `WeasyPrint` if the Python interpreter has no package `weasyprint`, and
//! Chromium if `chromedriver` is missing. With `--all`, the bench fails instead. With `--record`, the bench measures only
//! Ballast and records a profile with `perf`.

#![expect(clippy::print_stdout, reason = "the report of a bench")]
#![expect(dead_code, reason = "each bench uses only some support functions")]

#[path = "../support/mod.rs"]
mod support;

mod chromium;
mod samples;
mod service;
mod weasyprint;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use support::{
    numbers::{argument, median, milliseconds, text_argument, verdict},
    perf,
    server::Outcome,
    usage,
};

/// Number of sections of the documents, and the maximum time of Ballast in milliseconds.
const DOCUMENTS: [(usize, f64); 3] = [(1, 120.0), (10, 230.0), (100, 1000.0)];

/// Program that converts a document to a PDF.
pub trait Typesetter {
    fn name(&self) -> &'static str;

    /// Converts a Markdown document, and returns when the PDF is complete.
    fn typeset(&mut self, markdown: &str) -> Outcome<()>;
}

fn main() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    println!("load before: {}", usage::load());
    let mut service = service::Service::start(folder.path())?;
    if let Some(output) = text_argument("--record") {
        return record(&mut service, output.as_ref());
    }
    let requires_all = std::env::args().any(|argument| argument == "--all");
    let python = text_argument("--python").unwrap_or_else(|| "python3".to_owned());
    let mut typesetters: Vec<Box<dyn Typesetter>> = vec![Box::new(service)];
    match weasyprint::WeasyPrint::start(&python, folder.path()) {
        Ok(program) => typesetters.push(Box::new(program)),
        Err(error) if requires_all => return Err(format!("WeasyPrint: {error}").into()),
        Err(error) => println!("WeasyPrint is not measured ({error}): {python} -m pip install weasyprint"),
    }
    match chromium::Chromium::start(folder.path()) {
        Ok(program) => typesetters.push(Box::new(program)),
        Err(error) if requires_all => return Err(format!("Chromium: {error}").into()),
        Err(error) => println!("Chromium is not measured ({error}): apt-get install chromium chromium-driver"),
    }
    for (sections, maximum) in selected()? {
        measure(&mut typesetters, sections, maximum)?;
    }
    println!("load after: {}", usage::load());
    Ok(())
}

/// Returns the document that the argument `--sections` selects, or all documents without the argument.
fn selected() -> Outcome<Vec<(usize, f64)>> {
    let only = text_argument("--sections");
    let is_selected = |sections: usize| only.as_ref().is_none_or(|only| *only == sections.to_string());
    let selected: Vec<_> = DOCUMENTS.into_iter().filter(|(sections, _)| is_selected(*sections)).collect();
    if selected.is_empty() { Err("`--sections` must be 1, 10 or 100".into()) } else { Ok(selected) }
}

/// Records a profile of Ballast while it typesets the selected document.
fn record(service: &mut service::Service, output: &Path) -> Outcome<()> {
    let rounds = argument("--rounds", 5);
    let [(sections, _)] = selected()?[..] else { return Err("`--record` needs `--sections`".into()) };
    service.typeset(&samples::document(sections, 0))?;
    let pid = service.pid();
    let load = || (1..=rounds).try_for_each(|round| service.typeset(&samples::document(sections, round)));
    let start = Instant::now();
    perf::record(pid, output, load)?;
    let each = milliseconds(start.elapsed()) / f64::from(u32::try_from(rounds)?);
    println!("{sections} sections: {each:.0} ms per document while recording");
    Ok(())
}

/// Measures all programs with documents of one size, and prints the results.
fn measure(typesetters: &mut [Box<dyn Typesetter>], sections: usize, maximum: f64) -> Outcome<()> {
    let rounds = argument("--rounds", 5);
    println!("\n{sections} sections (median of {rounds} rounds, minimum and maximum, in ms)");
    let mut times = vec![Vec::new(); typesetters.len()];
    // Round 0 warms the programs up.
    for round in 0..=rounds {
        for (typesetter, times) in typesetters.iter_mut().zip(&mut times) {
            // Each text is different, because a program could reuse the result for an identical text.
            let took = time(typesetter.as_mut(), &samples::document(sections, round))?;
            if round > 0 {
                times.push(milliseconds(took));
            }
        }
    }
    for (index, (typesetter, times)) in typesetters.iter().zip(times).enumerate() {
        let least = times.iter().copied().fold(f64::INFINITY, f64::min);
        let most = times.iter().copied().fold(0.0, f64::max);
        let median = median(times);
        let outcome =
            if index == 0 { format!("maximum {maximum:.0}: {}", verdict(median <= maximum)) } else { String::new() };
        println!("{:<12}{median:>8.0} ({least:.0} to {most:.0})   {outcome}", typesetter.name());
    }
    Ok(())
}

fn time(typesetter: &mut dyn Typesetter, markdown: &str) -> Outcome<Duration> {
    let start = Instant::now();
    typesetter.typeset(markdown)?;
    Ok(start.elapsed())
}
