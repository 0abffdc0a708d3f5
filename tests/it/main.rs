mod jobs;
mod store;
mod tidy;
