"""Gates of LSTMs on 16-bit integers (portable_tensor_utils.cc, ApplySigmoid)."""

from keras import ops

from rebuild.helpers.fixed_point_functions import FixedPointFunctions
from rebuild.helpers.integer_steps import IntegerSteps


class IntegerGates(IntegerSteps):
    """Sigmoid and tanh by table; gradients are those of the functions themselves."""

    def make_tables(self, *bits):
        """Compute the tables: of tanh, for numbers in steps of 2**(bits - 15)."""
        functions = FixedPointFunctions()
        self.sigmoids = functions.sigmoids(3)
        self.tanhs = {each: functions.tanhs(each) for each in bits}

    def sigmoid(self, sums):
        """The sigmoid of sums in steps of 2**-12, in steps of 2**-15."""
        found = self.looked_up(self.sigmoids, sums)
        return self.through(found, ops.sigmoid(sums / 2.0**12) * 2.0**15)

    def tanh(self, x, bits):
        """The tanh of numbers in steps of 2**(bits - 15), in steps of 2**-15."""
        found = self.looked_up(self.tanhs[bits], x)
        return self.through(found, ops.tanh(x * 2.0 ** (bits - 15)) * 2.0**15)

    def looked_up(self, table, x):
        """The entry of a table for each 16-bit integer."""
        return ops.take(table, ops.cast(ops.round(x), "int32") + 32768)
