//! Import graph: the imports between the files of one crate.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use regex::Regex;

use super::source::{Part, parts, rust_files};

/// Maximum number of re-exports that the search for a definition follows.
const MAX_REEXPORTS: usize = 8;

/// Path of a module below the crate root, such as `["models", "users"]`.
pub type Module = Vec<String>;

pub struct File {
    pub path: String,
    code: String,
}

/// Path in a source file that refers to a module or item of the crate.
struct Reference {
    text: String,
    alias: String,
    target: Module,
    is_reexport: bool,
}

/// Import from one file to another file.
pub struct Import {
    pub from: Module,
    pub to: Module,
    pub text: String,
}

/// Crate: the source files by module, and the re-exported names of each module.
pub struct Crate {
    pub files: BTreeMap<Module, File>,
    reexports: BTreeMap<(Module, String), Module>,
}

impl Crate {
    /// Reads a crate from its source folder. Skips programs in `bin`, because they are separate crates.
    pub fn read(folder: &str) -> Self {
        Self::new(rust_files(folder).into_iter().filter(|(path, _)| !path.starts_with("src/bin/")))
    }

    pub fn new(sources: impl IntoIterator<Item = (String, String)>) -> Self {
        let file = |(path, source): (String, String)| {
            let code = parts(&source).into_iter().map(|(part, text)| if part == Part::Code { text } else { " " });
            (module_of(&path), File { code: code.collect(), path })
        };
        let mut this = Self { files: sources.into_iter().map(file).collect(), reexports: BTreeMap::new() };
        let mut reexports = BTreeMap::new();
        for module in this.files.keys() {
            for reference in this.references(module).into_iter().filter(|reference| reference.is_reexport) {
                reexports.insert((module.clone(), reference.alias), reference.target);
            }
        }
        this.reexports = reexports;
        this
    }

    /// Returns every path in a file that refers to the crate, including paths in inline modules.
    fn references(&self, file: &Module) -> Vec<Reference> {
        static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
            let module = r"\bmod\s+(?P<module>\w+)\s*\{";
            let tree = r"\b(?P<visibility>pub(?:\([^)]*\))?\s+)?use\s+(?P<tree>[^;]+);";
            let path = r"\b(?P<path>(?:crate|super|self)(?:::\w+)+)";
            Regex::new(&format!(r"{module}|{tree}|{path}|[{{}}]")).unwrap()
        });
        let mut references = Vec::new();
        let (mut module, mut blocks) = (file.clone(), Vec::new());
        for token in TOKEN.captures_iter(&self.files[file].code) {
            if let Some(name) = token.name("module") {
                module.push(name.as_str().to_owned());
                blocks.push(true);
            } else if let Some(tree) = token.name("tree") {
                let is_reexport = token.name("visibility").is_some();
                let paths = expand(tree.as_str());
                references.extend(paths.iter().filter_map(|path| self.reference(&module, path, is_reexport)));
            } else if let Some(path) = token.name("path") {
                references.extend(self.reference(&module, path.as_str(), false));
            } else if &token[0] == "{" {
                blocks.push(false);
            } else if blocks.pop() == Some(true) {
                module.pop();
            }
        }
        references
    }

    /// Resolves a path in `module`. Returns `None` if the path refers to another crate.
    fn reference(&self, module: &Module, text: &str, is_reexport: bool) -> Option<Reference> {
        let (path, alias) = text.split_once(" as ").map_or((text, None), |(path, alias)| (path, Some(alias)));
        let path = path.trim_end_matches("::self");
        let alias = alias.unwrap_or_else(|| path.rsplit("::").next().unwrap_or(path)).to_owned();
        let first = path.split("::").next()?;
        let is_child = || self.files.contains_key(&[module.clone(), vec![first.to_owned()]].concat());
        let mut target = match first {
            "crate" => Module::new(),
            "self" | "super" => module.clone(),
            _ if is_child() => module.clone(),
            _ => return None,
        };
        for segment in path.split("::") {
            match segment {
                "crate" | "self" => {}
                "super" => {
                    target.pop();
                }
                segment => target.push(segment.to_owned()),
            }
        }
        Some(Reference { text: text.to_owned(), alias, target, is_reexport })
    }

    /// Returns the module that defines the target of a path. Follows at most `max_reexports` re-exports.
    fn definition(&self, path: &[String], max_reexports: usize) -> Option<Module> {
        let mut prefixes = (0..=path.len()).rev().map(|length| path[..length].to_vec());
        let module = prefixes.find(|module| self.files.contains_key(module))?;
        let name = path.get(module.len());
        let reexport = name.and_then(|name| self.reexports.get(&(module.clone(), name.clone())));
        match reexport {
            Some(target) if max_reexports > 0 => {
                let path = [target.clone(), path[module.len() + 1..].to_vec()].concat();
                self.definition(&path, max_reexports - 1)
            }
            _ => Some(module),
        }
    }

    /// Returns the imports between files.
    ///
    /// Excludes generated entities. Excludes re-exports from a module's own submodules.
    pub fn imports(&self) -> Vec<Import> {
        let is_generated = |module: &Module| module.iter().any(|name| name == "_entities");
        let mut imports = Vec::new();
        for from in self.files.keys() {
            for reference in self.references(from) {
                let Some(to) = self.definition(&reference.target, MAX_REEXPORTS) else { continue };
                let is_own_reexport = reference.is_reexport && to.starts_with(from);
                if to != *from && !is_own_reexport && !is_generated(from) && !is_generated(&to) {
                    imports.push(Import { from: from.clone(), to, text: reference.text });
                }
            }
        }
        imports
    }

    /// Returns the imports between modules below `prefix` that violate `order`, which lists the layers from top to
    /// bottom.
    pub fn violations(&self, prefix: &[&str], order: &[&[&str]]) -> Vec<String> {
        let name = |module: &Module| {
            let is_below =
                prefix.iter().enumerate().all(|(depth, name)| module.get(depth).is_some_and(|own| own == name));
            module.get(prefix.len()).filter(|_| is_below).cloned()
        };
        let rank = |name: &str| order.iter().position(|row| row.contains(&name));
        let is_violation = |import: &&Import| {
            let (Some(from), Some(to)) = (name(&import.from), name(&import.to)) else { return false };
            let (Some(upper), Some(lower)) = (rank(&from), rank(&to)) else { return false };
            from != to && lower <= upper
        };
        let imports = self.imports();
        let violations = imports.iter().filter(is_violation);
        violations.map(|import| format!("{} imports {}", self.files[&import.from].path, import.text)).collect()
    }

    /// Returns the import cycles between files. Ignores imports for which `counts` returns `false`. A cycle is a sorted
    /// list of file paths.
    pub fn cycles(&self, counts: impl Fn(&Import) -> bool) -> BTreeSet<Vec<String>> {
        let mut edges: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
        for import in self.imports().into_iter().filter(|import| counts(import)) {
            edges.entry(import.from).or_default().insert(import.to);
        }
        let reachable: BTreeMap<Module, BTreeSet<Module>> =
            edges.keys().map(|module| (module.clone(), reachable_from(module, &edges))).collect();
        let mut cycles = BTreeSet::new();
        for (module, reached) in reachable.iter().filter(|(module, reached)| reached.contains(*module)) {
            let returns = |other: &&Module| reachable.get(*other).is_some_and(|back| back.contains(module));
            let mut paths: Vec<_> =
                reached.iter().filter(returns).map(|member| self.files[member].path.clone()).collect();
            paths.sort();
            cycles.insert(paths);
        }
        cycles
    }
}

fn module_of(path: &str) -> Module {
    let inside = path.split_once("src/").unwrap().1.trim_end_matches(".rs");
    let mut module: Module = inside.split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|name| ["mod", "lib", "main"].contains(&name.as_str())) {
        module.pop();
    }
    module
}

/// Expands the groups of a `use` tree. For example, `a::{b, c::d}` becomes `a::b` and `a::c::d`.
fn expand(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((prefix, group)) = tree.strip_suffix('}').and_then(|tree| tree.split_once('{')) else {
        return vec![tree.to_owned()];
    };
    let (mut depth, mut items) = (0, vec![String::new()]);
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if c == ',' && depth == 0 {
            items.push(String::new());
        } else {
            items.last_mut().unwrap().push(c);
        }
    }
    let items = items.iter().filter(|item| !item.trim().is_empty()).flat_map(|item| expand(item));
    items.map(|item| format!("{prefix}{item}")).collect()
}

fn reachable_from(start: &Module, edges: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<Module> {
    let (mut reached, mut pending) = (BTreeSet::new(), vec![start.clone()]);
    while let Some(module) = pending.pop() {
        for next in edges.get(&module).into_iter().flatten() {
            if reached.insert(next.clone()) {
                pending.push(next.clone());
            }
        }
    }
    reached
}
