// An invocation handles four neighbouring channels.
// use: vector_of_four
const LANES = 4u;
