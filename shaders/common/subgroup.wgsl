// Kernels whose invocations share what they fetch: each subgroup of LANES invocations works on one block together. What
// one lane has fetched the others get by a shuffle, which costs little where a load costs much.
const LANES: u32 = 8u;

// The number of a subgroup over a dispatch whose workgroups are folded into two dimensions.
fn subgroup_index(workgroup: vec3<u32>, workgroups: vec3<u32>, subgroup: u32) -> u32 {
    return (workgroup.x + workgroup.y * workgroups.x) * (WORKGROUP_SIZE / LANES) + subgroup;
}
