//! The WGSL files, embedded, and how a kernel's text is put together from them.

use super::kernel::Constant;

/// Every file of `shaders/` by its path without the ending; a test holds that none is missing.
macro_rules! shader_table {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../shaders/", $path, ".wgsl")))),*]
    };
}

#[rustfmt::skip]
const FILES: &[(&str, &str)] = shader_table![
    "activation/forward",
    "activation/forward.four_elements",
    "activation/gradient",
    "activation/gradient.four_elements",
    "add/forward",
    "average_pooling2d/forward",
    "average_pooling2d/gradient",
    "batch_normalization/forward",
    "batch_normalization/gradient_of_input",
    "batch_normalization/gradient_of_parameters",
    "batch_normalization/partial_gradient",
    "batch_normalization/partial_statistics",
    "batch_normalization/statistics",
    "batch_normalization/update_moving",
    "bias/forward",
    "common/activation",
    "common/activation_of_four",
    "common/activation_of_one",
    "common/axes",
    "common/conv2d_block",
    "common/conv2d_block_few_channels",
    "common/conv2d_block_pieces",
    "common/conv2d_block_pool",
    "common/conv2d_block_store",
    "common/conv2d_block_vectors",
    "common/conv2d_kernel_block",
    "common/conv2d_kernel_block_dout",
    "common/conv2d_kernel_block_few_channels",
    "common/conv2d_kernel_block_pooled_dout",
    "common/conv2d_kernel_block_vectors",
    "common/conv2d_subgroup",
    "common/conv2d_subgroup_dout",
    "common/conv2d_subgroup_forward",
    "common/conv2d_subgroup_forward_any_channels",
    "common/conv2d_subgroup_forward_few_channels",
    "common/conv2d_subgroup_forward_sums",
    "common/conv2d_subgroup_forward_vectors",
    "common/conv2d_subgroup_input",
    "common/conv2d_subgroup_kernel",
    "common/conv2d_subgroup_kernel_scalars",
    "common/conv2d_subgroup_pool",
    "common/conv2d_subgroup_pooled_dout",
    "common/conv2d_subgroup_source_scalars",
    "common/conv2d_subgroup_store",
    "common/conv2d_subgroup_vectors",
    "common/conv2d_tile",
    "common/conv2d_tile_dout",
    "common/conv2d_tile_forward",
    "common/conv2d_tile_input",
    "common/conv2d_tile_input_scalars",
    "common/conv2d_tile_input_vectors",
    "common/conv2d_tile_kernel",
    "common/conv2d_tile_kernel_scalars",
    "common/conv2d_tile_kernel_vectors",
    "common/conv2d_tile_parts",
    "common/conv2d_tile_pool",
    "common/conv2d_tile_pooled_dout",
    "common/conv2d_tile_source_scalars",
    "common/conv2d_tile_source_vectors",
    "common/conv2d_tile_store",
    "common/conv2d_tile_weights_scalars",
    "common/conv2d_tile_weights_vectors",
    "common/index",
    "common/input_gradient",
    "common/matmul_block",
    "common/matmul_block_forward",
    "common/matmul_block_gradient",
    "common/max_pooling2d",
    "common/max_pooling2d_disjoint_gradient",
    "common/max_pooling2d_forward",
    "common/max_pooling2d_gradient",
    "common/max_pooling2d_winners",
    "common/maximum",
    "common/nan",
    "common/nan_of_channels",
    "common/optimizer",
    "common/output_of_sums",
    "common/pool_four_rows",
    "common/pooled_output",
    "common/pooled_output_winners",
    "common/random",
    "common/softmax",
    "common/softmax_cross_entropy",
    "common/step",
    "common/subgroup",
    "common/sum_parts",
    "common/sum_parts_forward",
    "common/sum_parts_gradient",
    "common/sum_parts_pool",
    "common/sum_parts_rows",
    "common/sum_rows_partial",
    "common/tile",
    "common/tile_columns_of_four",
    "common/tile_columns_of_one",
    "common/tile_left_scalars",
    "common/tile_right_scalars",
    "common/tile_store",
    "common/vector_of_four",
    "common/vector_of_one",
    "common/window",
    "common/workgroup_sum",
    "concatenate/copy_channels",
    "conv2d/forward.block",
    "conv2d/forward.block.pooled",
    "conv2d/forward.block.pooled.winners",
    "conv2d/forward.few_channels",
    "conv2d/forward.few_channels.pooled",
    "conv2d/forward.few_channels.pooled.winners",
    "conv2d/forward.naive",
    "conv2d/forward.subgroup",
    "conv2d/forward.subgroup.any_channels",
    "conv2d/forward.subgroup.any_channels.pooled",
    "conv2d/forward.subgroup.any_channels.pooled.winners",
    "conv2d/forward.subgroup.few_channels",
    "conv2d/forward.subgroup.few_channels.pooled",
    "conv2d/forward.subgroup.few_channels.pooled.winners",
    "conv2d/forward.subgroup.pooled",
    "conv2d/forward.subgroup.pooled.winners",
    "conv2d/forward.tile",
    "conv2d/forward.tile.any_channels",
    "conv2d/forward.tile.any_channels.pooled",
    "conv2d/forward.tile.any_channels.pooled.winners",
    "conv2d/forward.tile.few_channels",
    "conv2d/forward.tile.few_channels.pooled",
    "conv2d/forward.tile.few_channels.pooled.winners",
    "conv2d/forward.tile.pooled",
    "conv2d/forward.tile.pooled.winners",
    "conv2d/gradient_of_input.block",
    "conv2d/gradient_of_input.naive",
    "conv2d/gradient_of_input.strided",
    "conv2d/gradient_of_input.subgroup",
    "conv2d/gradient_of_input.subgroup.any_channels",
    "conv2d/gradient_of_input.tile",
    "conv2d/gradient_of_input.tile.any_channels",
    "conv2d/gradient_of_input.tile.any_channels.pooled",
    "conv2d/gradient_of_input.tile.pooled",
    "conv2d/gradient_of_kernel.block",
    "conv2d/gradient_of_kernel.block.pooled",
    "conv2d/gradient_of_kernel.few_channels",
    "conv2d/gradient_of_kernel.few_channels.pooled",
    "conv2d/gradient_of_kernel.naive",
    "conv2d/gradient_of_kernel.subgroup",
    "conv2d/gradient_of_kernel.subgroup.any_channels",
    "conv2d/gradient_of_kernel.subgroup.any_channels.pooled",
    "conv2d/gradient_of_kernel.subgroup.few_channels",
    "conv2d/gradient_of_kernel.subgroup.few_channels.pooled",
    "conv2d/gradient_of_kernel.tile",
    "conv2d/gradient_of_kernel.tile.any_channels",
    "conv2d/gradient_of_kernel.tile.any_channels.pooled",
    "conv2d/gradient_of_kernel.tile.pooled",
    "depthwise_conv2d/forward",
    "depthwise_conv2d/gradient_of_input",
    "depthwise_conv2d/gradient_of_kernel",
    "dropout/apply",
    "finite/partial",
    "finite/roll_back",
    "finite/verdict",
    "folded_normalization/forward",
    "gather/images",
    "gather/labels",
    "global_average_pooling2d/forward",
    "global_average_pooling2d/gradient",
    "global_norm/partial",
    "global_norm/total",
    "matmul/forward.block",
    "matmul/gradient_of_a.block",
    "matmul/gradient_of_b.block",
    "matmul/naive",
    "max_pooling2d/forward",
    "max_pooling2d/forward.four_channels",
    "max_pooling2d/forward.winners",
    "max_pooling2d/forward.winners.four_channels",
    "max_pooling2d/gradient",
    "max_pooling2d/gradient.disjoint",
    "max_pooling2d/gradient.disjoint.four_channels",
    "max_pooling2d/gradient.four_channels",
    "optimizer/adam",
    "optimizer/momentum",
    "optimizer/rms_prop",
    "optimizer/sgd",
    "probe/copy",
    "probe/multiply_add",
    "softmax/forward",
    "softmax/gradient",
    "softmax_cross_entropy/at_once",
    "softmax_cross_entropy/gradient",
    "softmax_cross_entropy/metrics",
    "softmax_cross_entropy/row_metrics",
    "sum_parts/forward",
    "sum_parts/forward.four_columns",
    "sum_parts/forward.pooled",
    "sum_parts/forward.pooled.four_columns",
    "sum_parts/forward.pooled.winners",
    "sum_parts/forward.pooled.winners.four_columns",
    "sum_parts/gradient",
    "sum_parts/gradient.four_columns",
    "sum_rows/partial",
    "sum_rows/partial.four_columns",
];

/// Every embedded shader file: path without the ending, and text.
pub fn shader_files() -> &'static [(&'static str, &'static str)] {
    FILES
}

fn file(path: &str) -> Result<&'static str, String> {
    FILES
        .iter()
        .find(|(name, _)| *name == path)
        .map(|(_, text)| *text)
        .ok_or_else(|| format!("there is no shader file '{path}'"))
}

/// A kernel's text: its constants, the files of `common/` that it names in `// use: NAME` lines, then the file itself.
pub(super) fn assemble(path: &str, constants: &[(String, Constant)]) -> Result<String, String> {
    let body = file(path)?;
    let mut text = String::new();
    for (name, value) in constants {
        text += &match value {
            Constant::U32(value) => format!("const {name}: u32 = {value}u;\n"),
            Constant::Bool(value) => format!("const {name}: bool = {value};\n"),
        };
    }
    let mut used = Vec::new();
    collect_uses(body, &mut used)?;
    for name in used {
        text += file(&name)?;
    }
    Ok(text + body)
}

/// The files that `text` uses, each after those that it uses itself, none twice.
fn collect_uses(text: &str, used: &mut Vec<String>) -> Result<(), String> {
    for name in text.lines().filter_map(|line| line.strip_prefix("// use: ")) {
        let path = format!("common/{}", name.trim());
        if !used.contains(&path) {
            collect_uses(file(&path)?, used)?;
            used.push(path);
        }
    }
    Ok(())
}
