// Check digits and ranges of the identifiers that have them. Pure; a text of another length or of
// other signs than the identifier's is no identifier.
#pragma once

#include <string_view>

namespace oidor::redact {

/// The Luhn sum alone (ISO/IEC 7812-1, annex B).
bool has_luhn(std::string_view digits);
/// A card's length for the range that it begins with, whatever its sum.
bool has_card_range(std::string_view digits);

/// 22 digits with two check digits: CBU and CVU. Source: BCRA, "Clave Bancaria Uniforme".
bool is_cbu(std::string_view digits);
/// 18 digits. Source: Banco de México and ABM, "CLABE".
bool is_clabe(std::string_view digits);
/// 11 digits of the known beginnings: CUIT and CUIL. Source: AFIP.
bool is_cuit(std::string_view digits);
/// 7 or 8 digits and a digit or `K`. Source: Registro Civil de Chile, modulo 11.
bool is_rut(std::string_view digits);
/// 10 digits of a province. Source: Registro Civil del Ecuador, modulo 10.
bool is_cedula_ec(std::string_view digits);
/// 13 digits: a person's, a company's or a public body's. Source: SRI.
bool is_ruc_ec(std::string_view digits);
/// 7 or 8 digits. Source: Dirección Nacional de Identificación Civil.
bool is_cedula_uy(std::string_view digits);
/// 11 digits beginning with 10, 15, 16, 17 or 20. Source: SUNAT, modulo 11.
bool is_ruc_pe(std::string_view digits);
/// 6 to 9 digits. Source: SET, modulo 11.
bool is_ruc_py(std::string_view digits);
/// 11 digits with two check digits. Source: Receita Federal.
bool is_cpf(std::string_view digits);
/// 14 digits with two check digits. Source: Receita Federal.
bool is_cnpj(std::string_view digits);
/// The form with letters, in upper case (since 2026); a letter counts as its ASCII code less 48.
bool is_lettered_cnpj(std::string_view text);

/// Whether the text, in upper case with `#` for Ñ, has the form of a CURP (18 signs with a date, a
/// sex, a state) or an RFC (12 or 13 signs with a date), whatever its check digit.
bool has_curp_form(std::string_view text);
bool has_rfc_form(std::string_view text);
/// Both, of a text of their form. Sources: RENAPO, "Instructivo normativo" (CURP); SAT, annex on
/// the RFC's check digit.
bool has_curp_check(std::string_view text);
bool has_rfc_check(std::string_view text);

}  // namespace oidor::redact
