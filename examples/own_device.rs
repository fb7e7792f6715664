//! Runs a network on the wgpu device that a program already has, beside the program's own shader: the shader draws
//! pictures, the network says what it takes them for.
//!
//! `cargo run --release --example own_device`

use ocellus::gpu::Gpu;
use ocellus::model::cifar10_weights;
use ocellus::train::{Blocking, Predictor};
use wgpu::util::DeviceExt;

const SIDE: u32 = 32;
const CHANNELS: u32 = 3;

/// The program's own shader: rings of a colour, one number from 0 to 255 per pixel and channel.
const RINGS: &str = "
    @group(0) @binding(0) var<storage, read_write> pixels: array<u32>;
    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) id: vec3<u32>) {
        let pixel = id.x / 3u;
        let place = vec2<f32>(f32(pixel % 32u), f32(pixel / 32u)) - 15.5;
        let brightness = 0.5 + 0.5 * sin(length(place) + f32(id.x % 3u));
        pixels[id.x] = u32(255.0 * brightness);
    }";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The program's device, opened as the program likes it: WebGPU's default limits are enough for both.
    let instance = wgpu::Instance::default();
    let adapter = pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default()))?;
    let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor::default()))?;

    // The same device for the network. Clones of device and queue are the same device and queue.
    let gpu = Gpu::from_device(device.clone(), queue.clone());
    let weights = cifar10_weights()?;
    let predictor = Predictor::new(&gpu, &weights.model()?, 1)?;

    // The program's own work on it.
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("rings"),
        source: wgpu::ShaderSource::Wgsl(RINGS.into()),
    });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some("rings"),
        layout: None,
        module: &module,
        entry_point: Some("main"),
        compilation_options: Default::default(),
        cache: None,
    });
    let numbers = SIDE * SIDE * CHANNELS;
    let buffer = |label, usage| {
        let contents = vec![0; 4 * numbers as usize];
        device.create_buffer_init(&wgpu::util::BufferInitDescriptor { label: Some(label), contents: &contents, usage })
    };
    let pixels = buffer("pixels", wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC);
    let staging = buffer("staging", wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST);
    let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("rings"),
        layout: &pipeline.get_bind_group_layout(0),
        entries: &[wgpu::BindGroupEntry { binding: 0, resource: pixels.as_entire_binding() }],
    });
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
    pass.set_pipeline(&pipeline);
    pass.set_bind_group(0, &bind_group, &[]);
    pass.dispatch_workgroups(numbers.div_ceil(64), 1, 1);
    drop(pass);
    encoder.copy_buffer_to_buffer(&pixels, 0, &staging, 0, staging.size());
    queue.submit([encoder.finish()]);
    staging.map_async(wgpu::MapMode::Read, .., |_| {});
    device.poll(wgpu::PollType::wait_indefinitely())?;
    let drawn: Vec<u8> = staging.get_mapped_range(..)?.chunks(4).map(|number| number[0]).collect();
    staging.unmap();

    // And the network's.
    let predictions = Blocking::classify(&predictor, &drawn)?;
    let names = weights.metadata().map(|metadata| metadata.class_names.clone()).unwrap_or_default();
    println!("on {}:", gpu.adapter_line());
    for (class, probability) in predictions.top(0, 3) {
        println!("the rings are {:.1}% {}", 100.0 * probability, names[class]);
    }
    Ok(())
}
