//! The WGSL files: all embedded, all explained, and every kernel that is made of them translates to every backend.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use naga::back::{glsl, hlsl, msl, spv};
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, Module, ShaderStage};
use ocellus::bench::Ceiling;
use ocellus::doctor::sweep::optimizer::rules;
use ocellus::gpu::{self, Kernel, Recording, View};
use ocellus::model::{Activation, Layer, Model, Tensor, layers};
use ocellus::ops::{Finite, GlobalNorm, KernelChoice, OptimizerStep, Shard};
use ocellus::plan::{ImageSource, Loss, Mode, Request, Wanted, WeightLayout, compile};
use ocellus::shape::Padding;

/// Every file under `folder` that ends in `.wgsl`: its path in `shaders/` without the ending, and its text.
fn files_under(folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_under(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "wgsl") {
            let inside = path.strip_prefix(shaders_folder()).unwrap().with_extension("");
            let name = inside.components().map(|part| part.as_os_str().to_str().unwrap()).collect::<Vec<_>>().join("/");
            found.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

fn shaders_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders")
}

#[test]
fn every_shader_file_is_embedded() {
    let mut on_disk = BTreeMap::new();
    files_under(&shaders_folder(), &mut on_disk);
    let embedded: BTreeMap<String, String> =
        gpu::shader_files().iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect();
    assert_eq!(gpu::shader_files().len(), embedded.len(), "a file is listed twice");
    assert_eq!(on_disk.keys().collect::<Vec<_>>(), embedded.keys().collect::<Vec<_>>());
    for (name, text) in &on_disk {
        assert!(*text == embedded[name], "{name} was embedded with another text");
    }
}

#[test]
fn every_shader_file_begins_with_what_it_computes() {
    for (name, text) in gpu::shader_files() {
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with("// ") && !first.starts_with("// use:"), "{name} begins with: {first}");
    }
}

#[test]
fn every_storage_binding_says_its_shape() {
    for (name, text) in gpu::shader_files() {
        for line in text.lines().filter(|line| line.contains("var<storage")) {
            assert!(line.starts_with("@group(0) @binding("), "{name} does not bind: {line}");
            assert!(line.contains("; // ("), "{name} does not say the shape of: {line}");
        }
    }
}

/// The activations that a layer can have.
const ACTIVATIONS: [Activation; 10] = [
    Activation::Linear,
    Activation::Relu,
    Activation::LeakyRelu,
    Activation::Elu,
    Activation::Gelu,
    Activation::GeluTanh,
    Activation::Silu,
    Activation::Sigmoid,
    Activation::Tanh,
    Activation::Softmax,
];

/// A model that uses every kind of layer, over pictures of `input` channels and with `channels` of its own.
fn model(input: usize, channels: usize, activation: Activation) -> Model {
    let conv2d = |size: usize| layers::Conv2d::new(channels, size).padding(Padding::Same).activation(activation);
    let normalization = |scale, center| layers::BatchNormalization { scale, center, ..Default::default() };
    let then = |tensor: &Tensor, layer: Layer| tensor.then(layer).unwrap();
    let merge = |layer: Layer, tensors: &[&Tensor]| layer.apply(tensors).unwrap();

    let pictures = Tensor::input([9, 9, input]).unwrap();
    let trunk = then(&pictures, conv2d(3).into());
    let pooled = |tensor: &Tensor| then(&then(tensor, conv2d(3).into()), layers::MaxPooling2d::new(2).into());
    let mut branches = Vec::new();
    for layer in [
        conv2d(3).use_bias(false),
        conv2d(5).dilation_rate(2),
        // Wider than a block's registers hold.
        conv2d(9),
    ] {
        branches.push(then(&trunk, layer.into()));
    }
    for (scale, center) in [(true, true), (true, false), (false, true), (false, false)] {
        branches.push(then(&trunk, normalization(scale, center).into()));
        // What an inference folds into the weights before it.
        for bias in [true, false] {
            let linear = conv2d(3).activation(Activation::Linear).use_bias(bias);
            branches.push(then(&then(&trunk, linear.into()), normalization(scale, center).into()));
        }
    }
    for layer in [
        Layer::new(layers::ActivationLayer { activation }),
        layers::LeakyRelu { negative_slope: 0.1 }.into(),
        layers::Elu { alpha: 0.5 }.into(),
        layers::Dropout::new(0.25).into(),
        layers::Dense::new(channels).into(),
        layers::MaxPooling2d::new(3).strides(1).padding(Padding::Same).into(),
        layers::AveragePooling2d::new(3).strides(1).padding(Padding::Same).into(),
    ] {
        branches.push(then(&trunk, layer));
    }
    let sum = merge(Layer::new(layers::Add {}), &branches.iter().collect::<Vec<_>>());
    let depthwise = layers::DepthwiseConv2d::new(3).activation(activation);
    let wide = then(&then(&sum, depthwise.clone().depth_multiplier(2).into()), layers::MaxPooling2d::new(2).into());
    let both = merge(
        Layer::new(layers::Concatenate {}),
        &[
            &wide,
            &then(
                &then(&sum, layers::DepthwiseConv2d { use_bias: false, ..depthwise }.into()),
                layers::MaxPooling2d::new(2).into(),
            ),
        ],
    );
    let narrow = then(&pooled(&both), conv2d(3).strides(2).into());
    let rows = merge(
        Layer::new(layers::Concatenate {}),
        &[
            &then(&narrow, layers::GlobalAveragePooling2d {}.into()),
            &then(&narrow, layers::Flatten {}.into()),
            &then(&pooled(&pictures), layers::Flatten {}.into()),
            &then(&pooled(&then(&pictures, conv2d(3).into())), layers::Flatten {}.into()),
        ],
    );
    let dense = layers::Dense::new(4 * channels).activation(activation);
    let hidden = then(&then(&rows, dense.clone().into()), layers::Dense { use_bias: false, ..dense }.into());
    let output = then(&hidden, layers::Dense::new(10).activation(Activation::Softmax).into());
    Model::new("all of them", &[&pictures], &[&output]).unwrap()
}

/// Everything a plan can be asked for: training, evaluation, prediction, and gradients from a seed.
fn requests(kernels: KernelChoice, fusion: bool) -> Vec<Request> {
    let prediction = Request { kernels, fusion, ..Request::prediction(3, 128 << 20) };
    let layers = vec!["input_layer".to_owned()];
    let shards = [(0, 40), (40, 9)].map(|(first_image, images)| Shard { first_image, images });
    let evaluation = Request {
        images: ImageSource::Resident(shards.to_vec()),
        loss: Some(Loss { label_smoothing: 0.1 }),
        ..prediction.clone()
    };
    let training = Request {
        mode: Mode::Training,
        gradients: Wanted { weights: true, layers: layers.clone() },
        ..evaluation.clone()
    };
    let frozen = Request { mode: Mode::Inference, ..training.clone() };
    let weights = Request { gradients: Wanted { weights: true, layers: Vec::new() }, ..training.clone() };
    let seeded = Request { gradients: Wanted { weights: false, layers }, ..prediction.clone() };
    vec![training, weights, frozen, evaluation, prediction, seeded]
}

/// Every rule of every optimizer, with and without what can be added to it.
fn optimizers(recording: &mut Recording) {
    let elements = 100;
    let view = |slot| View { slot, offset: 0, bytes: 4 * elements as u64 };
    GlobalNorm { elements }.record(recording, view(0), view(1), view(2));
    Finite { elements }.record(recording, view(0), view(1), view(2), view(3));
    Finite::roll_back(recording, elements, view(0), view(1), view(2));
    for rule in rules() {
        for (weight_decay, global_clipnorm) in [(None, None), (Some(0.1), None), (None, Some(1.0))] {
            let step = OptimizerStep { rule, elements, weight_decay, global_clipnorm };
            let moments: Vec<View> = (0..rule.moments()).map(|moment| view(3 + moment)).collect();
            let norm = global_clipnorm.map(|_| view(2));
            step.record(recording, view(0), view(1), &moments, norm, view(5));
        }
    }
}

/// The kernels of all that can be planned, each once.
fn kernels() -> Vec<Kernel> {
    let mut recordings = vec![Recording::default(), Ceiling::recording()];
    optimizers(&mut recordings[0]);
    for activation in ACTIVATIONS {
        for (input, channels) in [(3, 33), (4, 40), (1, 4), (3, 60)] {
            let model = model(input, channels, activation);
            let layout = WeightLayout::new(&model);
            for choice in [KernelChoice::Naive, KernelChoice::Block, KernelChoice::Tile, KernelChoice::Subgroup] {
                for fusion in [true, false] {
                    for request in requests(choice, fusion) {
                        recordings.push(compile(&model, &layout, &request).unwrap().recording().clone());
                    }
                }
            }
        }
    }
    let mut known = HashSet::new();
    let commands = recordings.iter().flat_map(Recording::commands);
    commands.map(|command| command.kernel.clone()).filter(|kernel| known.insert(kernel.clone())).collect()
}

/// Whether `kernel` is for devices with subgroups only; others never compile it.
fn needs_subgroups(kernel: &Kernel) -> bool {
    kernel.name().contains(".subgroup")
}

/// The module of `kernel`, when it is valid with no more than what every WebGPU device has; subgroups where they are
/// needed.
fn validated(kernel: &Kernel) -> (Module, ModuleInfo) {
    let module = kernel.module().unwrap_or_else(|error| panic!("{error}"));
    let capabilities = if needs_subgroups(kernel) { Capabilities::SUBGROUP } else { Capabilities::empty() };
    let info = Validator::new(ValidationFlags::all(), capabilities)
        .validate(&module)
        .unwrap_or_else(|error| panic!("{kernel} is not valid: {}", error.emit_to_string(&kernel.text().unwrap())));
    (module, info)
}

/// Writes a module, which may need subgroups, in a backend's language and returns how long that is.
type Translate = fn(&Module, &ModuleInfo, bool) -> Result<usize, String>;

/// The backends with the checks that wgpu asks of them.
const BACKENDS: [(&str, Translate); 4] =
    [("SPIR-V", to_spirv), ("MSL", to_msl), ("HLSL", to_hlsl), ("GLSL ES 3.1", to_glsl)];

/// The bounds checks of Vulkan without robust buffers and of Metal.
const RESTRICT: BoundsCheckPolicies = BoundsCheckPolicies {
    index: BoundsCheckPolicy::Restrict,
    buffer: BoundsCheckPolicy::Restrict,
    image_load: BoundsCheckPolicy::Restrict,
    binding_array: BoundsCheckPolicy::Unchecked,
};

fn to_spirv(module: &Module, info: &ModuleInfo, subgroups: bool) -> Result<usize, String> {
    let mut capabilities = vec![spv::Capability::Shader, spv::Capability::Matrix];
    if subgroups {
        capabilities.extend([spv::Capability::GroupNonUniform, spv::Capability::GroupNonUniformShuffle]);
    }
    let options = spv::Options {
        lang_version: if subgroups { (1, 3) } else { spv::Options::default().lang_version },
        // All that a kernel may ask of a Vulkan device.
        capabilities: Some(capabilities.into_iter().collect()),
        bounds_check_policies: RESTRICT,
        ..Default::default()
    };
    let entry = spv::PipelineOptions { shader_stage: ShaderStage::Compute, entry_point: "main".to_owned() };
    spv::write_vec(module, info, &options, Some(&entry)).map(|words| words.len()).map_err(|error| error.to_string())
}

fn to_msl(module: &Module, info: &ModuleInfo, _: bool) -> Result<usize, String> {
    let options = msl::Options { bounds_check_policies: RESTRICT, ..Default::default() };
    let entry =
        msl::PipelineOptions { entry_point: Some((ShaderStage::Compute, "main".to_owned())), ..Default::default() };
    let (text, translation) = msl::write_string(module, info, &options, &entry).map_err(|error| error.to_string())?;
    translation.entry_point_names.into_iter().collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    Ok(text.len())
}

fn to_hlsl(module: &Module, info: &ModuleInfo, subgroups: bool) -> Result<usize, String> {
    // Indices are restricted and loops are bounded by default; FXC takes no later shader model, and has no subgroups.
    let shader_model = if subgroups { hlsl::ShaderModel::V6_0 } else { hlsl::ShaderModel::V5_1 };
    let options = hlsl::Options { shader_model, ..Default::default() };
    let entry = hlsl::PipelineOptions { entry_point: Some((ShaderStage::Compute, "main".to_owned())) };
    let mut text = String::new();
    let translation =
        hlsl::Writer::new(&mut text, &options, &entry).write(module, info, None).map_err(|error| error.to_string())?;
    translation.entry_point_names.into_iter().collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    Ok(text.len())
}

fn to_glsl(module: &Module, info: &ModuleInfo, subgroups: bool) -> Result<usize, String> {
    if subgroups {
        // OpenGL ES has no subgroups, so that no device there compiles the kernel.
        return Ok(1);
    }
    let version = glsl::Version::Embedded { version: 310, is_webgl: false };
    let options = glsl::Options { version, ..Default::default() };
    let entry =
        glsl::PipelineOptions { shader_stage: ShaderStage::Compute, entry_point: "main".to_owned(), multiview: None };
    let mut text = String::new();
    // OpenGL's drivers check bounds themselves.
    glsl::Writer::new(&mut text, module, info, &options, &entry, BoundsCheckPolicies::default())
        .and_then(|mut writer| writer.write())
        .map_err(|error| error.to_string())?;
    Ok(text.len())
}

/// What a panic said.
fn words(panic: Box<dyn Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

#[test]
fn every_kernel_validates_and_translates_to_every_backend() {
    let kernels = kernels();
    let mut failures = Vec::new();
    for kernel in &kernels {
        let (module, info) = validated(kernel);
        for (backend, translate) in BACKENDS {
            match catch_unwind(AssertUnwindSafe(|| translate(&module, &info, needs_subgroups(kernel)))) {
                Ok(Ok(0)) => failures.push(format!("{kernel} in {backend}: nothing was written")),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => failures.push(format!("{kernel} in {backend}: {error}")),
                Err(panic) => failures.push(format!("{kernel} in {backend}: the translator panics: {}", words(panic))),
            }
        }
    }
    assert!(failures.is_empty(), "{} failures of {} kernels:\n{}", failures.len(), kernels.len(), failures.join("\n"));
    println!("{} kernels", kernels.len());
    let translated: BTreeSet<&str> = kernels.iter().map(Kernel::name).collect();
    let all = gpu::shader_files().iter().map(|&(name, _)| name).filter(|name| !name.starts_with("common/"));
    let forgotten: Vec<&str> = all.filter(|name| !translated.contains(name)).collect();
    assert!(forgotten.is_empty(), "no plan of this test has a kernel of {}", forgotten.join(", "));
}

/// The bytes of all variables of `module` in workgroup memory, each rounded up as WebGPU counts them.
fn workgroup_bytes(module: &Module) -> u32 {
    let mut layouter = naga::proc::Layouter::default();
    layouter.update(module.to_ctx()).unwrap();
    let variables = module.global_variables.iter().filter(|(_, variable)| variable.space == AddressSpace::WorkGroup);
    variables.map(|(_, variable)| layouter[variable.ty].size.next_multiple_of(16)).sum()
}

#[test]
fn every_kernel_stays_within_webgpus_default_limits() {
    let limits = wgpu::Limits::default();
    for kernel in kernels() {
        let module = kernel.module().unwrap_or_else(|error| panic!("{error}"));
        let count = |is_wanted: fn(AddressSpace) -> bool| {
            module.global_variables.iter().filter(|(_, variable)| is_wanted(variable.space)).count() as u32
        };
        let storage = count(|space| matches!(space, AddressSpace::Storage { .. }));
        assert!(storage <= limits.max_storage_buffers_per_shader_stage, "{kernel}: {storage} storage buffers");
        let uniforms = count(|space| space == AddressSpace::Uniform);
        assert!(uniforms <= 2, "{kernel}: {uniforms} uniform buffers, `params` and `step` are all that is bound");
        let bytes = workgroup_bytes(&module);
        assert!(bytes <= limits.max_compute_workgroup_storage_size, "{kernel}: {bytes} bytes of workgroup memory");
        let [entry] = module.entry_points.as_slice() else { panic!("{kernel}: not one entry point") };
        // A recording counts workgroups of this size and no other.
        assert_eq!(entry.workgroup_size, [gpu::WORKGROUP_SIZE, 1, 1], "{kernel}");
        let bindings: Vec<_> = module.global_variables.iter().filter_map(|(_, variable)| variable.binding).collect();
        assert!(bindings.iter().all(|binding| binding.group == 0), "{kernel}: all bindings are of group 0");
        let numbers: BTreeSet<u32> = bindings.iter().map(|binding| binding.binding).collect();
        assert_eq!(numbers.len(), bindings.len(), "{kernel}: two bindings have one number");
    }
    let size = gpu::WORKGROUP_SIZE;
    assert!(size <= limits.max_compute_invocations_per_workgroup && size <= limits.max_compute_workgroup_size_x);
}
