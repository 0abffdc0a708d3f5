//! Who names whom: each path in the sources, resolved as the compiler would.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// A source file, read.
pub struct Module {
    /// From the root of the repository.
    pub file: String,
    /// Where it stands in the crate: `["flows", "doses", "desk"]`.
    pub path: Vec<String>,
    /// What it names.
    pub named: Named,
}

/// What a file names.
#[derive(Default)]
pub struct Named {
    /// Paths in this crate from its root.
    pub own: BTreeSet<Vec<String>>,
    /// Other crates.
    pub libraries: BTreeSet<String>,
    /// Functions that call one of [`STORE_METHODS`] on a store, or with a closure.
    pub uses_store: BTreeSet<String>,
}

/// How the store is reached.
const STORE_METHODS: [&str; 4] = ["read", "write", "write_blocking", "begin_read"];

impl Module {
    /// Reads the file `file` with the text `text`.
    pub fn read(file: &str, text: &str) -> Self {
        let path = path_of(file);
        let code = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let mut reader = Reader { inside: path.clone(), ..Reader::default() };
        reader.visit_file(&code);
        Self { file: file.to_owned(), path, named: reader.named }
    }
}

/// The place of `src/a/b.rs` and of `src/a/b/mod.rs` in the crate: `["a", "b"]`.
fn path_of(file: &str) -> Vec<String> {
    let inner = file.trim_start_matches("src/").trim_end_matches(".rs");
    let inner = inner.trim_end_matches("/mod");
    inner.split('/').filter(|part| !matches!(*part, "lib" | "main" | "mod")).map(str::to_owned).collect()
}

#[derive(Default)]
struct Reader {
    inside: Vec<String>,
    functions: Vec<String>,
    named: Named,
}

impl Reader {
    fn name(&mut self, path: &[String]) {
        let Some(first) = path.first() else { return };
        let mut base: Vec<String> = match first.as_str() {
            "crate" => Vec::new(),
            "self" | "super" => self.inside.clone(),
            _ => {
                self.named.libraries.insert(first.clone());
                return;
            }
        };
        let steps = path.iter().take_while(|part| matches!(part.as_str(), "crate" | "self" | "super"));
        let up = steps.clone().filter(|part| *part == "super").count();
        base.truncate(base.len().saturating_sub(up));
        let full: Vec<String> = base.iter().chain(path.iter().skip(steps.count())).cloned().collect();
        self.named.own.insert(full);
    }

    fn tree(&mut self, before: &[String], tree: &syn::UseTree) {
        let with = |name: &syn::Ident| {
            let mut path = before.to_vec();
            path.push(name.to_string());
            path
        };
        match tree {
            syn::UseTree::Path(path) => self.tree(&with(&path.ident), &path.tree),
            syn::UseTree::Name(name) => self.name(&with(&name.ident)),
            syn::UseTree::Rename(name) => self.name(&with(&name.ident)),
            syn::UseTree::Glob(_) => self.name(before),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(before, tree)),
        }
    }

    /// The paths among the tokens of a macro.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.path_of_tokens(&path);
                        path.clear();
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    self.path_of_tokens(&path);
                    (path, colons) = (Vec::new(), 0);
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.path_of_tokens(&path);
    }

    fn path_of_tokens(&mut self, path: &[String]) {
        if path.len() > 1 {
            self.name(path);
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let is_test = item.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Ident>().is_ok_and(|it| it == "test")
        });
        if is_test {
            return;
        }
        self.inside.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.inside.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&[], &item.tree);
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        self.named.libraries.insert(item.ident.to_string());
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if parts.len() > 1 {
            self.name(&parts);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.tokens(item.tokens.clone());
        visit::visit_macro(self, item);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.functions.push(item.sig.ident.to_string());
        visit::visit_item_fn(self, item);
        self.functions.pop();
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.functions.push(item.sig.ident.to_string());
        visit::visit_impl_item_fn(self, item);
        self.functions.pop();
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let names_store = match &*call.receiver {
            syn::Expr::Field(field) => matches!(&field.member, syn::Member::Named(name) if name == "store"),
            syn::Expr::Path(path) => path.path.is_ident("store"),
            _ => false,
        };
        let takes_closure = matches!(call.args.first(), Some(syn::Expr::Closure(_)));
        let is_store_method = STORE_METHODS.iter().any(|method| call.method == method);
        if is_store_method && (names_store || takes_closure) {
            let function = self.functions.last().cloned().unwrap_or_default();
            self.named.uses_store.insert(function);
        }
        visit::visit_expr_method_call(self, call);
    }
}

/// Which files each file names; what is declared in a folder's own file is its parts' to use.
pub fn arrows(modules: &[Module]) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let places: BTreeSet<&[String]> = modules.iter().map(|module| module.path.as_slice()).collect();
    let file_of = |path: &[String]| {
        (0..=path.len())
            .rev()
            .map(|length| &path[..length])
            .find(|place| places.contains(place))
            .map(<[_]>::to_vec)
    };
    let of = |module: &Module| {
        let named = module.named.own.iter().filter_map(|path| file_of(path));
        named.filter(|place| !module.path.starts_with(place)).collect()
    };
    modules.iter().map(|module| (module.path.clone(), of(module))).collect()
}

/// Files that name each other, directly or through others; each circle in order of its names.
pub fn circles(arrows: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>) -> BTreeSet<Vec<String>> {
    let reached: BTreeMap<&Vec<String>, BTreeSet<&Vec<String>>> =
        arrows.keys().map(|from| (from, reached_from(arrows, from))).collect();
    let circle = |one: &Vec<String>| {
        let back =
            reached[one].iter().filter(|other| reached.get(**other).is_some_and(|all| all.contains(one)));
        back.map(|other| other.join("/")).collect::<Vec<_>>()
    };
    arrows.keys().map(circle).filter(|circle| !circle.is_empty()).collect()
}

fn reached_from<'a>(
    arrows: &'a BTreeMap<Vec<String>, BTreeSet<Vec<String>>>,
    from: &Vec<String>,
) -> BTreeSet<&'a Vec<String>> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&Vec<String>> = arrows.get(from).into_iter().flatten().collect();
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(arrows.get(next).into_iter().flatten());
        }
    }
    reached
}
