// One channel, or column, at a time: any number of them.
const WIDTH: u32 = 1u;
alias Floats = f32;
alias Words = u32;
alias Bools = bool;
