// The number of an invocation over a dispatch whose workgroups are folded into two dimensions.
fn linear_index(workgroup: vec3<u32>, workgroups: vec3<u32>, local: u32) -> u32 {
    return (workgroup.x + workgroup.y * workgroups.x) * WORKGROUP_SIZE + local;
}
