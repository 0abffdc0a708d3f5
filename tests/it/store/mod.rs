//! The store by itself: power cuts, failing disks, the model, migrations.

mod backup;
mod beside_losses;
mod beside_lost_days;
mod crash;
mod damage;
mod disk;
mod failing;
mod kill;
mod kit;
mod losses;
mod lost_lists;
mod lost_writes;
mod mending;
mod migrations;
mod model;
mod offline;
mod overlap;
mod place;
mod writer;
mod wrong_pages;
