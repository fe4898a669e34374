"""The native forms of ``penstock.core.memory``; importing this needs a working Numba.

Numba fixes the arguments of an intrinsic and of its emitter and gives their classes no types.
"""

# ruff: noqa: ANN001, ANN201, ANN202, ARG001
# pyright: reportMissingParameterType=false

import platform
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

I64 = ir.IntType(64)


@intrinsic
def load(context, address):
    """The int64 at an address."""

    def emit(ctx, builder, signature, args):
        return builder.load(builder.inttoptr(args[0], I64.as_pointer()))

    return types.int64(types.int64), emit


@intrinsic
def column(context, arena, fields, cells):
    """Where the ticks of a column begin."""

    def emit(ctx, builder, signature, args):
        def read(address, cell):
            offset = builder.mul(cell, I64(8))
            return builder.load(builder.inttoptr(builder.add(address, offset), I64.as_pointer()))

        arena, fields, cells = args
        cursor = read(arena, read(fields, I64(0)))
        cell = builder.add(read(fields, I64(1)), builder.mul(cursor, cells))
        return builder.add(arena, builder.mul(cell, I64(8)))

    return types.int64(types.int64, types.int64, types.int64), emit


@intrinsic
def store(context, address, value):
    """Write an int64."""

    def emit(ctx, builder, signature, args):
        builder.store(args[1], builder.inttoptr(args[0], I64.as_pointer()))
        return ctx.get_dummy_value()

    return types.void(types.int64, types.int64), emit


@intrinsic
def load_acquire(context, address):
    """An atomic load that nothing after it overtakes."""

    def emit(ctx, builder, signature, args):
        pointer = builder.inttoptr(args[0], I64.as_pointer())
        return builder.load_atomic(pointer, "acquire", 8)

    return types.int64(types.int64), emit


@intrinsic
def store_release(context, address, value):
    """An atomic store that overtakes nothing before it."""

    def emit(ctx, builder, signature, args):
        pointer = builder.inttoptr(args[0], I64.as_pointer())
        builder.store_atomic(args[1], pointer, "release", 8)
        return ctx.get_dummy_value()

    return types.void(types.int64, types.int64), emit


def _fence(ordering: str) -> Any:
    def emit(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.fence(ordering)
        return ctx.get_dummy_value()

    return types.void(), emit


@intrinsic
def fence_acquire(context):
    """What is read before stays before all that follows."""
    return _fence("acquire")


@intrinsic
def fence_release(context):
    """All that is before stays before what is written after."""
    return _fence("release")


@intrinsic
def copy(context, target, source, size):
    """Move bytes; the ranges may overlap."""

    def emit(ctx, builder, signature, args):
        byte = ir.IntType(8).as_pointer()
        to, source_pointer = builder.inttoptr(args[0], byte), builder.inttoptr(args[1], byte)
        cgutils.raw_memmove(builder, to, source_pointer, args[2], ir.Constant(I64, 1))
        return ctx.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), emit


@intrinsic
def as_float(context, bits):
    """The float with these 64 bits."""

    def emit(ctx, builder, signature, args):
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.int64), emit


@intrinsic
def highest_bit(context, word):
    """The place of the highest bit of a positive int64."""

    def emit(ctx, builder, signature, args):
        zeros = builder.ctlz(args[0], ir.IntType(1)(1))
        return builder.sub(I64(63), zeros)

    return types.int64(types.int64), emit


@intrinsic
def prefetch(context, address):
    """Ask for the cache line of an address."""

    def emit(ctx, builder, signature, args):
        i32 = ir.IntType(32)
        byte = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, i32, i32, i32])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [builder.inttoptr(args[0], byte), i32(1), i32(3), i32(1)])
        return ctx.get_dummy_value()

    return types.void(types.int64), emit


@intrinsic
def call(context, function, arena, descriptor, ticks):
    """Call a wrapper at an address as Numba's functions call each other: with places for a result and an error."""

    def emit(ctx, builder, signature, args):
        place = ir.IntType(8).as_pointer()
        target = ir.FunctionType(ir.IntType(32), [place.as_pointer()] * 2 + [I64] * 3).as_pointer()
        unread = [cgutils.alloca_once(builder, place) for _ in range(2)]
        builder.call(builder.inttoptr(args[0], target), [*unread, *args[1:]])
        return ctx.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64, types.int64), emit


@intrinsic
def now(context):
    """A counter that only rises: the time-stamp counter, or the monotonic clock where a program may not read it."""

    def emit(ctx, builder, signature, args):
        if platform.machine() in ("x86_64", "AMD64"):
            kind = ir.FunctionType(I64, [])
            counter = cgutils.get_or_insert_function(builder.module, kind, "llvm.readcyclecounter")
            return builder.call(counter, [])
        kind = ir.FunctionType(ir.IntType(32), [ir.IntType(32), I64.as_pointer()])
        clock = cgutils.get_or_insert_function(builder.module, kind, "clock_gettime")
        time = cgutils.alloca_once(builder, I64, 2)
        builder.call(clock, [ir.IntType(32)(1), time])
        seconds = builder.load(time)
        rest = builder.load(builder.gep(time, [ir.IntType(32)(1)]))
        return builder.add(builder.mul(seconds, I64(1_000_000_000)), rest)

    return types.int64(), emit


def _array(context: Any, builder: Any, array_type: Any, address: Any, shape: list[Any]) -> Any:
    """An array over memory that something else owns: no allocation, no reference count."""
    array = context.make_array(array_type)(context, builder)
    itemsize = ir.Constant(I64, context.get_abi_sizeof(context.get_data_type(array_type.dtype)))
    strides = [itemsize]
    for extent in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], extent))
    populate_array(
        array,
        data=builder.inttoptr(address, array.data.type),
        shape=shape,
        strides=strides,
        itemsize=itemsize,
        meminfo=None,
    )
    return array._getvalue()  # noqa: SLF001  (Numba's way to return a struct)


def _view(dtype: Any, dimensions: int) -> Any:
    array_type = types.Array(dtype, dimensions, "C")

    def emit(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _array(ctx, builder, array_type, args[0], list(args[1:]))

    return array_type(*[types.int64] * (1 + dimensions)), emit


@intrinsic
def f8_view(context, address, size):
    """Floats at an address."""
    return _view(types.float64, 1)


@intrinsic
def i8_view(context, address, size):
    """Integers at an address."""
    return _view(types.int64, 1)


@intrinsic
def f8_rows(context, address, size, width):
    """Rows of floats at an address."""
    return _view(types.float64, 2)


@intrinsic
def records(context, address, size, dtype):
    """Records at an address."""
    array_type = types.Array(dtype.dtype, 1, "C")

    def emit(ctx, builder, signature, args):
        return _array(ctx, builder, array_type, args[0], [args[1]])

    return array_type(types.int64, types.int64, dtype), emit
