//! What may run as one: ends of ops and who records their gradients, and values that one node alone sees.

use super::{Compiler, ValueId};
use crate::ops::Activation;
use crate::plan::lower::End;

impl Compiler<'_> {
    /// Says that the op that makes `value` has this end. When the tape comes to that op, or to the one that the end was
    /// passed on to, the end's gradient is recorded first, unless someone took it before: the op's own gradients are of
    /// what stands before its end.
    pub(in crate::plan) fn note_end(&mut self, value: ValueId, end: End) {
        self.ends.insert(value, end);
    }

    /// The end of `value`, if its gradient is still to be recorded; it is whoever takes it that records it.
    pub(super) fn take_end(&mut self, value: ValueId) -> Option<End> {
        self.ends.remove(&value)
    }

    /// Passes the end of the input of node `place` on to its output, where the node alone sees that input and only chooses
    /// among its elements or renames its shape: what stands in the output is all that the end's gradient needs.
    pub(in crate::plan) fn pass_end_on(&mut self, place: usize, input: ValueId, output: ValueId) {
        if self.alone_sees_input(place)
            && let Some(end) = self.ends.remove(&input)
        {
            self.ends.insert(output, end);
        }
    }

    /// The activation at the end of `value`, if its gradient is still to be recorded; it is whoever takes it that records
    /// it, and only the bias is left of the end.
    pub(in crate::plan) fn take_activation(&mut self, value: ValueId) -> Activation {
        self.ends.get_mut(&value).map_or(Activation::Linear, End::take_activation)
    }

    /// Whether node `place` alone sees its first input, where fusion is wanted.
    pub(in crate::plan) fn alone_sees_input(&self, place: usize) -> bool {
        let input = self.model.nodes().get(place).and_then(|node| node.inputs.first());
        self.request.fusion && input.is_some_and(|&input| self.only_consumer(input) == Some(place))
    }

    /// Says that what makes the input of node `place` does the node's work as well.
    pub(in crate::plan) fn absorb(&mut self, place: usize) {
        self.absorbed.insert(place);
    }

    /// Whether the work of node `place` is done by what makes its input.
    pub(in crate::plan) fn is_absorbed(&self, place: usize) -> bool {
        self.absorbed.contains(&place)
    }

    /// The place of the node that alone sees the output of node `place`: nothing else takes it, and the request does not
    /// ask for it or its gradient.
    pub(in crate::plan) fn only_consumer(&self, place: usize) -> Option<usize> {
        let (model, request) = (self.model, self.request);
        let name = model.nodes().get(place)?.layer.name();
        let asked = request.read.iter().chain(&request.gradients.layers).any(|asked| asked == name);
        if asked || model.outputs().contains(&place) {
            return None;
        }
        let nodes = model.nodes().iter().enumerate();
        let mut uses = nodes.flat_map(|(user, node)| node.inputs.iter().map(move |&input| (user, input)));
        let (consumer, _) = uses.find(|(_, input)| *input == place)?;
        uses.all(|(_, input)| input != place).then_some(consumer)
    }
}
