//! Numbers that are known without running the query.

use crate::{BinaryOp, Expr, ExprKind, UnaryOp};

impl Expr {
    /// The number that an expression of numbers comes to: `5 * 60`, `1 - 0.999`, `1 > bool 2`, `pi()`.
    pub fn constant(&self) -> Option<f64> {
        match &self.kind {
            ExprKind::Number(value) => Some(*value),
            ExprKind::Paren(inner) => inner.constant(),
            ExprKind::Unary(unary) => match unary.op {
                UnaryOp::Plus => unary.expr.constant(),
                UnaryOp::Minus => unary.expr.constant().map(|value| -value),
            },
            ExprKind::Binary(binary) => {
                // The right side first: where it is no number, the left may be long.
                let rhs = binary.rhs.constant()?;
                apply(binary.op, binary.lhs.constant()?, rhs)
            }
            ExprKind::Call(call) if call.function.is_some_and(|function| function.name == "pi") => {
                Some(std::f64::consts::PI)
            }
            _ => None,
        }
    }
}

fn apply(op: BinaryOp, lhs: f64, rhs: f64) -> Option<f64> {
    let truth = |holds: bool| f64::from(u8::from(holds));
    Some(match op {
        BinaryOp::Add => lhs + rhs,
        BinaryOp::Sub => lhs - rhs,
        BinaryOp::Mul => lhs * rhs,
        BinaryOp::Div => lhs / rhs,
        BinaryOp::Mod => lhs % rhs,
        BinaryOp::Pow => lhs.powf(rhs),
        BinaryOp::Atan2 => lhs.atan2(rhs),
        // Only with `bool` between numbers.
        BinaryOp::Equal => truth(lhs == rhs),
        BinaryOp::NotEqual => truth(lhs != rhs),
        BinaryOp::Less => truth(lhs < rhs),
        BinaryOp::LessEqual => truth(lhs <= rhs),
        BinaryOp::Greater => truth(lhs > rhs),
        BinaryOp::GreaterEqual => truth(lhs >= rhs),
        BinaryOp::And | BinaryOp::Or | BinaryOp::Unless => return None,
    })
}
