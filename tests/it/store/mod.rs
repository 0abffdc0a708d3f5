//! The store by itself: power cuts, failing disks, the model, migrations.
