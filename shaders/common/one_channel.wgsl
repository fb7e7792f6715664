// An invocation handles one channel.
const LANES = 1u;
alias Floats = f32;
alias Words = u32;
alias Bools = bool;
