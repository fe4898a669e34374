"""The native forms of ``penstock.core.memory``; importing this needs a working Numba."""

from typing import Any

from llvmlite import ir
from numba import carray, types
from numba.core import cgutils
from numba.extending import intrinsic, register_jitable

I64 = ir.IntType(64)
I64P = types.CPointer(types.int64)
F64P = types.CPointer(types.float64)


def _pointer(numba_type: Any) -> Any:
    @intrinsic
    def cast(context: Any, address: Any) -> Any:  # noqa: ARG001  (numba's signature)
        def emit(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
            return builder.inttoptr(args[0], ctx.get_value_type(numba_type))

        return numba_type(types.int64), emit

    return cast


i64_pointer = _pointer(I64P)
f64_pointer = _pointer(F64P)
void_pointer = _pointer(types.voidptr)


@intrinsic
def load(context, address):  # noqa: ANN001, ANN201, ARG001
    """The int64 at an address."""

    def emit(ctx, builder, signature, args):  # noqa: ANN001, ANN202, ARG001
        return builder.load(builder.inttoptr(args[0], I64.as_pointer()))

    return types.int64(types.int64), emit


@intrinsic
def store(context, address, value):  # noqa: ANN001, ANN201, ARG001
    """Write an int64."""

    def emit(ctx, builder, signature, args):  # noqa: ANN001, ANN202, ARG001
        builder.store(args[1], builder.inttoptr(args[0], I64.as_pointer()))
        return ctx.get_dummy_value()

    return types.void(types.int64, types.int64), emit


@intrinsic
def copy(context, target, source, size):  # noqa: ANN001, ANN201, ARG001
    """Move bytes; the ranges may overlap."""

    def emit(ctx, builder, signature, args):  # noqa: ANN001, ANN202, ARG001
        byte = ir.IntType(8).as_pointer()
        to, source_pointer = builder.inttoptr(args[0], byte), builder.inttoptr(args[1], byte)
        cgutils.raw_memmove(builder, to, source_pointer, args[2], ir.Constant(I64, 1))
        return ctx.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), emit


@intrinsic
def as_float(context, bits):  # noqa: ANN001, ANN201, ARG001
    """The float with these 64 bits."""

    def emit(ctx, builder, signature, args):  # noqa: ANN001, ANN202, ARG001
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.int64), emit


@intrinsic
def call(context, function, arena, descriptor, ticks):  # noqa: ANN001, ANN201, ARG001
    """Call void(int64, int64, int64) at an address."""

    def emit(ctx, builder, signature, args):  # noqa: ANN001, ANN202, ARG001
        target = ir.FunctionType(ir.VoidType(), [I64, I64, I64]).as_pointer()
        builder.call(builder.inttoptr(args[0], target), args[1:])
        return ctx.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64, types.int64), emit


@register_jitable
def f8_view(address, size):  # noqa: ANN001, ANN201
    """Floats at an address."""
    return carray(f64_pointer(address), size)


@register_jitable
def i8_view(address, size):  # noqa: ANN001, ANN201
    """Integers at an address."""
    return carray(i64_pointer(address), size)


@register_jitable
def f8_rows(address, size, width):  # noqa: ANN001, ANN201
    """Rows of floats at an address."""
    return carray(f64_pointer(address), (size, width))


@register_jitable
def records(address, size, dtype):  # noqa: ANN001, ANN201
    """Records at an address."""
    return carray(void_pointer(address), size, dtype)
