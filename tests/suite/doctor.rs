//! What `ocellus doctor` tries: every kernel there is, and each that is wrong is found by its name.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use ocellus::doctor::sweep::{self, Extent};
use ocellus::gpu;
use pollster::block_on;

use crate::support::{self, wrong};

/// The kernels of the table.
fn all_kernels() -> BTreeSet<&'static str> {
    gpu::shader_files().iter().map(|&(name, _)| name).filter(|name| !name.starts_with("common/")).collect()
}

#[test]
fn the_quick_sweep_judges_every_kernel_that_the_device_can_run() {
    let Some(gpu) = support::gpu() else { return };
    let mut judged = BTreeSet::new();
    for sweep in sweep::all(&gpu, Extent::Quick) {
        for case in sweep.cases {
            let case = case();
            let verdicts = block_on(case.run(&gpu)).unwrap();
            assert_eq!(verdicts.len(), case.kernels().count(), "{} asks nothing of some command", case.description);
            judged.extend(verdicts.iter().map(|verdict| verdict.kernel.clone()));
            let wrong = wrong(verdicts);
            assert!(wrong.is_empty(), "{}: {}", case.description, wrong.join("; "));
        }
    }
    let runs = |name: &str| gpu.subgroup_size() == Some(8) || !name.contains(".subgroup");
    let forgotten: Vec<_> = all_kernels().into_iter().filter(|name| runs(name) && !judged.contains(*name)).collect();
    assert!(forgotten.is_empty(), "add a case to doctor/sweep/ for {}", forgotten.join(", "));
}

/// Adds 1 to whatever the kernel stores in a storage buffer.
fn one_more(text: &str) -> String {
    let stored = |line: &&str| line.contains("var<storage, read_write>");
    let name = |line: &str| line.split("> ").nth(1).and_then(|rest| rest.split(':').next()).unwrap().to_owned();
    let names: Vec<String> = text.lines().filter(stored).map(name).collect();
    let changed = |line: &str| {
        let code = line.trim_start();
        let stores = names.iter().any(|name| code.starts_with(&format!("{name}[")));
        match line.split_once("] = ").filter(|_| stores) {
            Some((place, value)) => format!("{place}] = 1 + ({});", value.trim_end_matches(';')),
            None => line.to_owned(),
        }
    };
    text.lines().map(changed).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_kernel_that_stores_wrong_numbers_is_named_and_no_other() {
    let Some(gpu) = support::own_gpu() else { return };
    // The smallest case of every kernel.
    let mut of_kernel = BTreeMap::new();
    for case in sweep::all(&gpu, Extent::Quick).into_iter().flat_map(|sweep| sweep.cases) {
        let case = Rc::new(case());
        for kernel in case.kernels() {
            of_kernel.entry(kernel.to_owned()).or_insert_with(|| case.clone());
        }
    }
    for (kernel, case) in of_kernel {
        gpu.spoil_kernel(Some((&kernel, one_more)));
        let verdicts = block_on(case.run(&gpu)).unwrap();
        let named: BTreeSet<&str> =
            verdicts.iter().filter(|verdict| verdict.outcome.is_err()).map(|verdict| &*verdict.kernel).collect();
        assert_eq!(named, [&*kernel].into(), "{}", case.description);
        gpu.spoil_kernel(None);
        let wrong = wrong(block_on(case.run(&gpu)).unwrap());
        assert!(wrong.is_empty(), "with its own text: {}", wrong.join("; "));
    }
}
