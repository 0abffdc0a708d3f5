//! The routing table: every operation of the API under `/api` and `/api/v1`, each with its name for logs and
//! metrics.
//!
//! # Why not nested routers
//! One flat table finds an operation in one search, and neither copies the URI nor joins patterns on each request.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use poem::endpoint::BoxEndpoint;
use poem::http::Method;
use poem::{Endpoint, Request, Response, Result, Route};
use poem_openapi::__private::UrlQuery;
use poem_openapi::OpenApi;
use poem_openapi::registry::{MetaOperation, MetaPath};

use super::caller::info_of;
use super::metrics::OperationCounts;
use super::problem::Problem;
use super::query::KnownParameters;

/// Where the API is mounted.
pub const PREFIXES: [&str; 2] = ["/api", "/api/v1"];

/// A path without the prefix under which the API was reached, which is one API under either.
pub fn unversioned(path: &str) -> &str {
    let below = |prefix: &str| path.strip_prefix(prefix).filter(|rest| rest.starts_with('/'));
    // The longer prefix first: the other one begins it too.
    PREFIXES.iter().rev().find_map(|prefix| below(prefix)).unwrap_or(path)
}

/// One path of the API.
#[derive(Debug)]
pub struct RouteInfo {
    /// As in the OpenAPI document: `/doses/{id}/mark-taken`.
    pub pattern: String,
    /// Its methods, as in the header `Allow`.
    pub allowed: String,
    /// What each of its operations has done.
    pub counts: Vec<(Method, OperationCounts)>,
    /// Those of its operations that take no body.
    without_body: Vec<Method>,
}

impl RouteInfo {
    fn new(pattern: String, mut methods: Vec<Method>, without_body: Vec<Method>) -> Self {
        methods.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
        let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
        let allowed = names.join(", ");
        let counts = methods.into_iter().map(|method| (method, OperationCounts::default())).collect();
        Self { pattern, allowed, counts, without_body }
    }

    /// Whether the operation of this method takes no body.
    pub fn takes_no_body(&self, method: &Method) -> bool {
        self.without_body.contains(method)
    }

    /// The name of the path parameter that the router calls `param0`, `param1` and so on.
    pub fn parameter(&self, router_name: &str) -> Option<&str> {
        let place: usize = router_name.strip_prefix("param")?.parse().ok()?;
        parameters(&self.pattern).nth(place)
    }
}

fn parameters(pattern: &str) -> impl Iterator<Item = &str> {
    pattern.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// The router's form of a pattern: `/doses/:param0/mark-taken`.
fn router_pattern(pattern: &str) -> String {
    let mut place = 0;
    let parts = pattern.split('/').map(|part| {
        if !part.starts_with('{') {
            return part.to_owned();
        }
        place += 1;
        format!(":param{}", place - 1)
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Adds every operation of the API to `route`, under each prefix, and lists them. `make` builds the API anew for
/// each prefix.
pub fn mount<A: OpenApi>(mut route: Route, make: impl Fn() -> A) -> (Route, Vec<Arc<RouteInfo>>) {
    let declared: HashMap<String, Declared> = A::meta()
        .into_iter()
        .flat_map(|api| api.paths)
        .map(|path| (router_pattern(&path.path), Declared::of(path)))
        .collect();
    let mut known: BTreeMap<String, Arc<RouteInfo>> = BTreeMap::new();
    for prefix in PREFIXES {
        let mut table = HashMap::new();
        make().add_routes(&mut table);
        for (path, methods) in table {
            let info = known.entry(path.clone()).or_insert_with(|| {
                let known = declared.get(&path);
                let pattern = known.map_or(&path, |declared| &declared.pattern).clone();
                let without_body = known.map(|declared| declared.without_body.clone()).unwrap_or_default();
                Arc::new(RouteInfo::new(pattern, methods.keys().cloned().collect(), without_body))
            });
            let operations = Operations {
                info: Arc::clone(info),
                parameters: declared.get(&path).map(|path| Arc::clone(&path.parameters)).unwrap_or_default(),
                methods: methods.into_iter().collect(),
            };
            route = route.at(format!("{prefix}{path}"), operations);
        }
    }
    (route, known.into_values().collect())
}

/// What the API's description says of one path.
struct Declared {
    pattern: String,
    parameters: Arc<HashMap<Method, KnownParameters>>,
    without_body: Vec<Method>,
}

impl Declared {
    fn of(path: MetaPath) -> Self {
        let bare = path.operations.iter().filter(|operation| operation.request.is_none());
        let without_body = bare.map(|operation| operation.method.clone()).collect();
        let known = |operation: &MetaOperation| (operation.method.clone(), KnownParameters::of(operation));
        let parameters = Arc::new(path.operations.iter().map(known).collect());
        Self { pattern: path.path, parameters, without_body }
    }
}

/// The operations of one path.
struct Operations {
    info: Arc<RouteInfo>,
    parameters: Arc<HashMap<Method, KnownParameters>>,
    methods: Vec<(Method, BoxEndpoint<'static>)>,
}

impl Endpoint for Operations {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let _ = info_of(&request)?.route.set(Arc::clone(&self.info));
        let wanted = match request.method() {
            &Method::HEAD => Method::GET,
            method => method.clone(),
        };
        let Some((_, operation)) = self.methods.iter().find(|(method, _)| *method == wanted) else {
            return Err(poem::error::MethodNotAllowedError.into());
        };
        // The parameter extractors of poem-openapi look for the parsed query here.
        let query: Vec<(String, String)> = match request.uri().query() {
            Some(_) => request.params()?,
            None => Vec::new(),
        };
        if let Some(known) = self.parameters.get(&wanted) {
            known.check(&query).map_err(Problem::from)?;
        }
        request.set_data(UrlQuery(query));
        operation.call(request).await
    }
}
