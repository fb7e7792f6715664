//! Datasets by their names.

use ocellus::data::{Source, catalogue};

use super::*;

fn source(name: &str, dir: Option<&Path>) -> Source {
    Source { name: name.into(), dir: dir.map(Into::into), picture_shape: None }
}

#[test]
fn every_known_name_opens_its_files() {
    assert_eq!(source("digits", None).open(&()).unwrap().name, "digits");
    let cifar10 = folder(&cifar10_files());
    assert_eq!(source("cifar10", Some(cifar10.path())).open(&()).unwrap().name, "cifar10");
    let cifar100 = folder(&super::cifar100::files());
    for (name, classes) in [("cifar100", 100), ("cifar100-coarse", 20)] {
        let opened = source(name, Some(cifar100.path())).open(&()).unwrap();
        assert_eq!((opened.name.as_str(), opened.train.classes()), (name, classes));
    }
    let mnist = folder(&super::mnist::files());
    for name in ["mnist", "fashion-mnist"] {
        assert_eq!(source(name, Some(mnist.path())).open(&()).unwrap().name, name);
    }
    assert!(Source::NAMES.iter().all(|name| source(name, None).is_known()));
}

#[test]
fn an_unknown_name_is_refused_with_the_nearest_and_all_known() {
    let refused = |name: &str| refusal(source(name, None).open(&()));
    assert_says(&refused("cifr10"), &["'cifr10'", "did you mean 'cifar10'?", "folder of pictures"]);
    assert_says(&refused("Fashion_MNIST"), &["did you mean 'fashion-mnist'"]);
    let far = refused("roses");
    assert_says(&far, &["'roses'", "folder of pictures"]);
    assert_says(&far, &Source::NAMES);
    assert!(!far.contains("did you mean"), "{far}");
}

#[test]
fn a_folder_where_none_belongs_is_refused() {
    let here = tempfile::tempdir().unwrap();
    assert_says(&refusal(source("digits", Some(here.path())).open(&())), &["digits are in the program"]);
    let message = refusal(source(here.path().to_str().unwrap(), Some(Path::new("other"))).open(&()));
    assert_says(&message, &["is itself a folder of pictures", "other"]);
}

#[test]
fn the_names_are_those_of_the_catalogue() {
    assert_eq!(Source::NAMES, catalogue::KNOWN.map(|set| set.name));
}
