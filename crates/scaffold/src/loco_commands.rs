//! Checks of the `generate` commands that Loco runs. Loco renders the templates without a check. An invalid name would
//! therefore result in source code that does not compile.

use std::{fs, path::Path};

use cruet::Inflector;

use crate::names::{pascal_case, snake_case, validate_characters, validate_identifier};

/// Unsupported generators of Loco with the alternatives. The application already contains the code or infrastructure
/// that these generators would write.
const UNSUPPORTED: [(&str, &str); 3] = [
    ("scheduler", "start periodic work in src/server/background_tasks.rs, which runs in one process at a time"),
    ("data", "insert reference data in a migration, or embed the file with `include_str!`"),
    ("deployment", "Dockerfile, docker-compose.yml and nginx/ deploy this application"),
];

/// Length of the start of a migration's file name, `mYYYYMMDD_HHMMSS_`.
const TIMESTAMP_LENGTH: usize = 17;

/// Files of a generated module: the `mod.rs` that declares the module, the folder and the extension of each generated
/// file, and the template.
struct Target {
    declaration: &'static str,
    files: &'static [(&'static str, &'static str)],
    template: &'static str,
}

const CONTROLLER: Target = Target {
    declaration: "src/controllers/api/mod.rs",
    files: &[("src/controllers/api", "rs"), ("tests/requests", "rs")],
    template: "controller/api/controller.t",
};
const TASK: Target = Target {
    declaration: "src/tasks/mod.rs",
    files: &[("src/tasks", "rs"), ("tests/tasks", "rs")],
    template: "task/task.t",
};
const WORKER: Target = Target {
    declaration: "src/workers/mod.rs",
    files: &[("src/workers", "rs"), ("tests/workers", "rs")],
    template: "worker/worker.t",
};
const MAILER: Target = Target {
    declaration: "tests/mail/mod.rs",
    files: &[("src/mailers/templates", "html"), ("src/mailers/templates", "txt"), ("tests/mail", "rs")],
    template: "mailer/mailer.t",
};

/// Checks a generate command before Loco runs the command. Accepts commands that are unknown to this function.
///
/// # Errors
/// Returns the reason if the command is not supported, or if the generated code would not compile or would overwrite a
/// file.
pub fn check(root: &Path, command: &str, arguments: &[&str]) -> Result<(), String> {
    if let Some((_, alternative)) = UNSUPPORTED.iter().find(|(name, _)| *name == command) {
        return Err(format!("generate {command} is not supported: {alternative}"));
    }
    let Some((name, rest)) = arguments.split_first() else { return Ok(()) };
    match command {
        "controller" => check_controller(root, name, rest),
        "task" => TASK.check(root, name).map(drop),
        "worker" => WORKER.check(root, name).map(drop),
        "mailer" => MAILER.check(root, name).map(drop),
        "migration" => check_migration(root, name, rest),
        _ => Ok(()),
    }
}

impl Target {
    /// Checks the name of a module. Returns the name in snake case.
    fn check(&self, root: &Path, name: &str) -> Result<String, String> {
        let module = snake_case(name);
        validate_identifier(&module)?;
        for (folder, extension) in self.files {
            let path = format!("{folder}/{module}.{extension}");
            if root.join(&path).exists() || root.join(folder).join(&module).exists() {
                return Err(format!("{path} exists already; nothing was written"));
            }
            // Rejects a module with the name of its folder, because `clippy::module_inception` rejects such a module.
            if folder.ends_with(&format!("/{module}")) {
                return Err(format!("{module}: is the name of the folder {folder}; use another name"));
            }
        }
        let type_name = pascal_case(&module);
        let template = code(&read(root, &format!(".loco-templates/{}", self.template))?);
        let declarations = code(&read(root, self.declaration)?);
        if contains_word(&template, &type_name) || contains_path(&declarations, &module) {
            return Err(format!("{module}: the generated code uses this name already; use another name"));
        }
        Ok(module)
    }
}

/// Checks the name of a controller, its routes and its actions.
fn check_controller(root: &Path, name: &str, actions: &[&str]) -> Result<(), String> {
    let path = format!("\"/api/v1/{}", CONTROLLER.check(root, name)?.to_plural());
    if let Some(file) = sources(&root.join("src/controllers/api")).iter().find(|source| uses_path(source, &path)) {
        let first_line = file.lines().next().unwrap_or_default();
        return Err(format!("{name}: the routes {path}\" exist already ({first_line})"));
    }
    for (index, action) in actions.iter().enumerate() {
        validate_identifier(action)?;
        if *action == "routes" || actions[..index].contains(action) {
            return Err(format!("{action}: the generated code uses this name already; use another name"));
        }
    }
    Ok(())
}

/// Checks the name and the columns of a migration.
fn check_migration(root: &Path, name: &str, columns: &[&str]) -> Result<(), String> {
    let migration = snake_case(name);
    validate_characters(&migration)?;
    if migration.starts_with("create_") && !migration.starts_with("create_join_table_") {
        return Err(format!("{name}: use `generate model` or `generate scaffold` to create a table with its model"));
    }
    for column in columns {
        validate_characters(column.split(':').next().unwrap_or_default())?;
    }
    let entries = fs::read_dir(root.join("migration/src")).into_iter().flatten().flatten();
    let files = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let expected = format!("{migration}.rs");
    match files.into_iter().find(|file| file.get(TIMESTAMP_LENGTH..).is_some_and(|name| name == expected)) {
        Some(file) => Err(format!("migration/src/{file} exists already; nothing was written")),
        None => Ok(()),
    }
}

fn read(root: &Path, path: &str) -> Result<String, String> {
    fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"))
}

/// Returns the source code of all Rust files in a folder and its subfolders.
fn sources(folder: &Path) -> Vec<String> {
    let paths = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    paths
        .flat_map(|path| if path.is_dir() { sources(&path) } else { fs::read_to_string(path).into_iter().collect() })
        .collect()
}

/// Returns whether source code contains a URL path, or a path below this URL path.
fn uses_path(source: &str, path: &str) -> bool {
    source.match_indices(path).any(|(start, _)| source[start + path.len()..].starts_with(['"', '/']))
}

/// Returns source code without the lines that are comments.
fn code(source: &str) -> String {
    source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn words(source: &str) -> impl Iterator<Item = &str> {
    source.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

fn contains_word(source: &str, word: &str) -> bool {
    words(source).any(|other| other == word)
}

/// Returns whether source code contains a Rust path with the module or crate `name`, such as `name::item`.
fn contains_path(source: &str, name: &str) -> bool {
    source
        .match_indices(&format!("{name}::"))
        .any(|(start, _)| !source[..start].ends_with(|before: char| before.is_ascii_alphanumeric() || before == '_'))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// Returns the root of the repository.
    ///
    /// Reads the variable at run time, because clones with one shared target folder can run the same test program.
    #[expect(clippy::disallowed_methods, reason = "a test reads no settings")]
    fn root() -> PathBuf {
        Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../..")
    }

    /// Checks a command in this repository.
    fn checked(line: &str) -> Result<(), String> {
        let words: Vec<_> = line.split(' ').collect();
        check(&root(), words[0], &words[1..])
    }

    #[test]
    fn command_is_rejected_when_its_code_would_not_compile() {
        for (command, reason) in [
            ("task type", "reserved word"),
            ("task Type", "reserved word"),
            ("worker match", "reserved word"),
            ("controller loop", "reserved word"),
            ("mailer impl", "reserved word"),
            ("task 2fast", "lowercase"),
            ("task ../escape", "lowercase"),
            ("worker rebuild-index!", "lowercase"),
            ("mailer verify", "exists already"),
            ("mailer delivery", "exists already"),
            ("worker send_mail", "exists already"),
            ("task rename", "exists already"),
            ("controller health", "exists already"),
            ("controller auth", "exists already"),
            ("controller document", "/api/v1/documents"),
            ("controller upload index", "/api/v1/uploads"),
            ("controller reports type", "reserved word"),
            ("controller reports routes", "uses this name"),
            ("controller reports show show", "uses this name"),
            ("controller reports show-all", "lowercase"),
            ("controller api", "folder"),
            ("controller requests", "folder"),
            ("task tasks", "folder"),
            ("task vars", "uses this name"),
            ("task result", "uses this name"),
            ("task loco_rs", "uses this name"),
            ("worker args", "uses this name"),
            ("worker uuid", "uses this name"),
            ("migration AddType!ToInvoices", "lowercase"),
            ("migration AddColorToInvoices a\"b:string", "lowercase"),
            ("migration CreateInvoices number:string", "generate model"),
            ("migration Users", "exists already"),
            ("scheduler", "background_tasks"),
            ("data countries", "migration"),
            ("deployment docker", "Dockerfile"),
        ] {
            let error = checked(command).err().unwrap_or_default();
            assert!(error.contains(reason), "{command}: {error:?}");
        }
    }

    #[test]
    fn command_is_accepted_when_its_code_compiles() {
        for command in [
            "controller reports summary create",
            "worker rebuild_index",
            "worker RebuildIndex",
            "task export_totals",
            "mailer invoice_sent",
            "migration AddColorToInvoices color:string size:int",
            "migration AddTypeToInvoices type:string",
            "migration CreateJoinTableInvoicesAndUploads note:string",
            "migration AddTheVeryLongNameOfAColumnToInvoices amount:int",
            "task",
            "override",
        ] {
            assert_eq!(checked(command), Ok(()), "{command}");
        }
    }

    #[test]
    fn named_background_task_file_exists() {
        assert!(root().join("src/server/background_tasks.rs").is_file());
    }
}
