// Four neighbouring channels, or columns: a load of four costs hardly more than one of one.
const WIDTH: u32 = 4u;
alias Floats = vec4<f32>;
alias Words = vec4<u32>;
alias Bools = vec4<bool>;
