// out[r, i] = byte i of image order[first_sample + r] / 255, for the rows r whose image is in this shard.
// use: index
// use: step
struct Params {
    batch: u32,
    image_elements: u32,
    image_words: u32, // four bytes each, the first one lowest; the last word is filled up
    first_image: u32,
    images: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read> packed: array<u32>; // (images, image_words): the shard
@group(0) @binding(3) var<storage, read> order: array<u32>; // (samples of the epoch)
@group(0) @binding(4) var<storage, read_write> out: array<f32>; // (batch, image_elements)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local); // over (batch, image_words)
    if index >= params.batch * params.image_words {
        return;
    }
    let row = index / params.image_words;
    let word_of_image = index % params.image_words;
    let image = order[step.first_sample + row] - params.first_image; // huge for an image before the shard
    if image >= params.images {
        return;
    }
    let word = packed[image * params.image_words + word_of_image];
    let first = 4u * word_of_image;
    let end = min(first + 4u, params.image_elements);
    for (var element = first; element < end; element++) {
        let byte = (word >> (8u * (element - first))) & 0xffu;
        out[row * params.image_elements + element] = f32(byte) / 255.0;
    }
}
