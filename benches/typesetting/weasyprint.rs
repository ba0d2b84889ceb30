//! `WeasyPrint` in a Python process that stays open.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use super::{Typesetter, samples, support::server::Outcome};

/// Converts one file for each line of the input. Writes one line at the start, and one line for each PDF.
const PROGRAM: &str = "import sys, weasyprint\nprint(weasyprint.__version__, flush=True)\n\
    for line in sys.stdin:\n    page = line.strip()\n    weasyprint.HTML(page).write_pdf(page + '.pdf')\n    print('done', flush=True)\n";

/// Running Python process. Dropping the value kills the process.
pub struct WeasyPrint {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    page: PathBuf,
}

impl WeasyPrint {
    pub fn start(python: &str, folder: &Path) -> Outcome<Self> {
        let mut child =
            Command::new(python).args(["-c", PROGRAM]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().ok_or("the process has no input")?;
        let output = BufReader::new(child.stdout.take().ok_or("the process has no output")?);
        let mut started = Self { child, input, output, page: folder.join("weasyprint.html") };
        started.read_line()?;
        Ok(started)
    }

    fn read_line(&mut self) -> Outcome<()> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            return Err("the process has ended".into());
        }
        Ok(())
    }
}

impl Typesetter for WeasyPrint {
    fn name(&self) -> &'static str {
        "WeasyPrint"
    }

    fn typeset(&mut self, markdown: &str) -> Outcome<()> {
        fs::write(&self.page, samples::html(markdown))?;
        writeln!(self.input, "{}", self.page.display())?;
        self.read_line()
    }
}

impl Drop for WeasyPrint {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
